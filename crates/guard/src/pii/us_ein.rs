//! # What it finds
//! A United States employer number after a word that says so.
//!
//! # Why it matters
//! A sole trader uses it like a personal tax number.
//!
//! # Example
//! `EIN 12-3456789`
//!
//! # Limits and sources
//! Prefixes of the IRS campuses; the number has no check digit.

use super::checksum;
use super::context::{self, after};
use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI014",
    name: "us-ein",
    family: Family::Pii,
    category: "pii.us-ein",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: after!(r"(?:\b|_)ein[ :=#_\x22]|employer identification|federal tax id|fein", r"\d{2}-?\d{7}"),
        anchor: Anchor::Literals(&[
            "ein ",
            "ein:",
            "ein=",
            "ein#",
            "ein_",
            "ein\"",
            "employer identification",
            "federal tax id",
            "fein",
        ]),
        longest: context::LONGEST,
        verify,
    }),
};

/// Prefixes that no campus assigns.
const UNUSED: &[u64] = &[0, 7, 8, 9, 17, 18, 19, 28, 29, 49, 69, 70, 78, 79, 89, 96, 97];

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let value = context::value(candidate);
    let prefix = checksum::number(&checksum::digits(value)[..2]);
    if UNUSED.contains(&prefix) {
        return None;
    }
    context::ending(candidate, value, context::LIKELY, Evidence::Context)
}
