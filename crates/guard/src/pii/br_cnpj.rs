//! # What it finds
//! A Brazilian CNPJ, as it is printed or after its name.
//!
//! # Why it matters
//! A sole trader is registered with it at home.
//!
//! # Example
//! `11.222.333/0001-81`
//!
//! # Limits and sources
//! Two check digits modulus 11. Numbers with letters, given out since 2026, are not found.

use super::{checksum, context};
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI060",
    name: "br-cnpj",
    family: Family::Pii,
    category: "pii.br-cnpj",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\b\d{2}\.?\d{3}\.?\d{3}/?\d{4}-?\d{2}\b",
        anchor: Anchor::Digits(14),
        longest: 18,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let is_shaped = candidate.matched().contains('/');
    if !is_shaped && !candidate.follows_any(&["cnpj"]) {
        return None;
    }
    context::shaped(candidate, is_valid)
}

/// Both check digits.
fn is_valid(digits: &[u8]) -> bool {
    const WEIGHTS: [u32; 13] = [6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2];
    let check = |count: usize| checksum::weighted(&digits[..count], &WEIGHTS[13 - count..]) * 10 % 11 % 10;
    u32::from(digits[12]) == check(12) && u32::from(digits[13]) == check(13)
}
