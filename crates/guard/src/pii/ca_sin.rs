//! # What it finds
//! A Canadian social insurance number after words that say so.
//!
//! # Why it matters
//! It identifies one person for life and opens accounts in that person's name.
//!
//! # Example
//! `SIN 046 454 286`
//!
//! # Limits and sources
//! Luhn. The word is needed: one number in ten passes.

use super::checksum;
use super::context::{self, after};
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI028",
    name: "ca-sin",
    family: Family::Pii,
    category: "pii.ca-sin",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: after!(
            r"(?:\b|_)sin[ :=#_\x22]|social insurance|assurance sociale|\bnas|_nas",
            r"\d{3}[ -]?\d{3}[ -]?\d{3}"
        ),
        anchor: Anchor::Literals(&[
            "sin ",
            "sin:",
            "sin=",
            "sin#",
            "sin_",
            "sin\"",
            "social insurance",
            "assurance sociale",
            "nas",
        ]),
        longest: context::LONGEST,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    context::checked(candidate, is_valid)
}

/// Luhn over nine digits.
fn is_valid(digits: &[u8]) -> bool {
    digits.len() == 9 && checksum::luhn(digits)
}
