//! # What it finds
//! A Russian pension insurance number after its name.
//!
//! # Why it matters
//! It identifies one person for life and opens accounts in that person's name.
//!
//! # Example
//! `СНИЛС 112-233-445 95`
//!
//! # Limits and sources
//! Weights 9 to 1, modulus 101.

use super::context::{self, after};
use super::{checksum, date};
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI056",
    name: "ru-snils",
    family: Family::Pii,
    category: "pii.ru-snils",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: after!(r"снилс|СНИЛС|snils", r"\d{3}-\d{3}-\d{3}[ -]\d{2}|\d{11}"),
        anchor: Anchor::Literals(&["снилс", "СНИЛС", "snils"]),
        longest: context::LONGEST,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    context::checked(candidate, is_valid)
}

/// Weights 9 to 1, modulus 101.
fn is_valid(digits: &[u8]) -> bool {
    let sum = checksum::weighted(digits, &[9, 8, 7, 6, 5, 4, 3, 2, 1]);
    sum % 101 % 100 == date::two(&digits[9..])
}
