//! # What it finds
//! A United States individual taxpayer number after a word that says so.
//!
//! # Why it matters
//! It stands in for the social security number of people who have none.
//!
//! # Example
//! `ITIN: 912-70-1234`
//!
//! # Limits and sources
//! Ranges of the fourth and fifth digit as published by the IRS; the number has no check digit.

use super::checksum;
use super::context::{self, after};
use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI013",
    name: "us-itin",
    family: Family::Pii,
    category: "pii.us-itin",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: after!(r"(?:\b|_)itin[ :=#_\x22]|taxpayer id", r"9\d{2}[- ]?\d{2}[- ]?\d{4}"),
        anchor: Anchor::Literals(&["itin ", "itin:", "itin=", "itin#", "itin_", "itin\"", "taxpayer id"]),
        longest: context::LONGEST,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let value = context::value(candidate);
    let digits = checksum::digits(value);
    let group = checksum::number(&digits[3..5]);
    let is_issued = matches!(group, 50..=65 | 70..=88 | 90..=92 | 94..=99);
    if is_issued { context::ending(candidate, value, context::LIKELY, Evidence::Context) } else { None }
}
