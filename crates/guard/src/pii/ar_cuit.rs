//! # What it finds
//! An Argentine CUIT or CUIL, as it is printed or after its name.
//!
//! # Why it matters
//! It identifies one person for life and opens accounts in that person's name.
//!
//! # Example
//! `20-12345678-6`
//!
//! # Limits and sources
//! Weights 5, 4, 3, 2, 7, 6, 5, 4, 3, 2 modulus 11.

use super::{checksum, context};
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI063",
    name: "ar-cuit",
    family: Family::Pii,
    category: "pii.ar-cuit",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\b(?:2[03467]|3[034])-?\d{8}-?\d\b",
        anchor: Anchor::Digits(11),
        longest: 13,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let is_shaped = candidate.matched().len() == 13;
    if !is_shaped && !candidate.follows_any(&["cuit", "cuil"]) {
        return None;
    }
    context::shaped(candidate, is_valid)
}

/// The check digit; a rest of one has none.
fn is_valid(digits: &[u8]) -> bool {
    let check = (11 - checksum::weighted(digits, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11) % 11;
    u32::from(digits[10]) == check
}
