//! # What it finds
//! A British NHS number after a word that says so.
//!
//! # Why it matters
//! It is the key to a health record.
//!
//! # Example
//! `NHS number 943 476 5919`
//!
//! # Limits and sources
//! Modulus 11 as in the NHS data dictionary.

use super::checksum;
use super::context::{self, after};
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI024",
    name: "gb-nhs",
    family: Family::Pii,
    category: "pii.gb-nhs",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: after!(r"\bnhs|_nhs|national health service", r"\d{3}[ -]?\d{3}[ -]?\d{4}"),
        anchor: Anchor::Literals(&["nhs", "national health service"]),
        longest: context::LONGEST,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    context::checked(candidate, is_valid)
}

/// Weights 10 to 2, modulus 11.
fn is_valid(digits: &[u8]) -> bool {
    let check = (11 - checksum::weighted(digits, &[10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11) % 11;
    check == u32::from(digits[9])
}
