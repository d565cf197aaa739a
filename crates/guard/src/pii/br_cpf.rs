//! # What it finds
//! A Brazilian CPF, as it is printed or after its name.
//!
//! # Why it matters
//! It identifies one person for life and opens accounts in that person's name.
//!
//! # Example
//! `111.444.777-35`
//!
//! # Limits and sources
//! Two check digits modulus 11.

use super::{checksum, context};
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI059",
    name: "br-cpf",
    family: Family::Pii,
    category: "pii.br-cpf",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\b\d{3}\.?\d{3}\.?\d{3}-?\d{2}\b",
        anchor: Anchor::Digits(11),
        longest: 14,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let is_shaped = candidate.matched().len() == 14;
    if !is_shaped && !candidate.follows_any(&["cpf", "contribuinte"]) {
        return None;
    }
    context::shaped(candidate, is_valid)
}

/// Both check digits.
fn is_valid(digits: &[u8]) -> bool {
    let first = checksum::weighted(digits, &[10, 9, 8, 7, 6, 5, 4, 3, 2]) * 10 % 11 % 10;
    let second = checksum::weighted(digits, &[11, 10, 9, 8, 7, 6, 5, 4, 3, 2]) * 10 % 11 % 10;
    u32::from(digits[9]) == first && u32::from(digits[10]) == second
}
