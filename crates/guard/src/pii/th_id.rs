//! # What it finds
//! A Thai identity number as it is printed.
//!
//! # Why it matters
//! It identifies one person for life and opens accounts in that person's name.
//!
//! # Example
//! `1-1234-56789-01-4`
//!
//! # Limits and sources
//! Weights 13 to 2, modulus 11. Unseparated numbers are not found.

use super::{checksum, context};
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI081",
    name: "th-id",
    family: Family::Pii,
    category: "pii.th-id",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\b[1-8]-\d{4}-\d{5}-\d{2}-\d\b",
        anchor: Anchor::Digits(13),
        longest: 17,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    context::shaped(candidate, is_valid)
}

/// The check digit.
fn is_valid(digits: &[u8]) -> bool {
    let rest = checksum::weighted(digits, &[13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11;
    u32::from(digits[12]) == (11 - rest) % 10
}
