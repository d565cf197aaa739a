//! # What it finds
//! A Malaysian identity card number.
//!
//! # Why it matters
//! It identifies one person for life and opens accounts in that person's name.
//!
//! # Example
//! `900101-14-5678`
//!
//! # Limits and sources
//! A date, a place that exists, four digits; there is no check digit.

use super::{checksum, context, date};
use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI082",
    name: "my-nric",
    family: Family::Pii,
    category: "pii.my-nric",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\b\d{6}-\d{2}-\d{4}\b",
        anchor: Anchor::Digits(12),
        longest: 14,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let digits = checksum::digits(candidate.matched());
    let is_place = !matches!(date::two(&digits[6..]), 0 | 17..=20 | 69 | 70 | 73 | 80 | 81 | 94..=97);
    let is_valid = date::is_yymmdd(&digits) && is_place && context::stands_alone(candidate);
    is_valid.then(|| Hit::new(context::LIKELY, Evidence::Pattern))
}
