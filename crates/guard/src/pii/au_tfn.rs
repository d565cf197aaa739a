//! # What it finds
//! An Australian tax file number after words that say so.
//!
//! # Why it matters
//! It identifies one person for life and opens accounts in that person's name.
//!
//! # Example
//! `TFN 123 456 782`
//!
//! # Limits and sources
//! Weights 1, 4, 3, 7, 5, 8, 6, 9, 10 modulus 11. Numbers of eight digits, no longer given out, are clean.

use super::checksum;
use super::context::{self, after};
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI068",
    name: "au-tfn",
    family: Family::Pii,
    category: "pii.au-tfn",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: after!(r"\btfn|_tfn|tax file", r"\d{3} ?\d{3} ?\d{2,3}"),
        anchor: Anchor::Literals(&["tfn", "tax file"]),
        longest: context::LONGEST,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    context::checked(candidate, is_valid)
}

/// Nine digits, weights, modulus 11.
fn is_valid(digits: &[u8]) -> bool {
    digits.len() == 9 && checksum::weighted(digits, &[1, 4, 3, 7, 5, 8, 6, 9, 10]).is_multiple_of(11)
}
