//! # What it finds
//! A Portuguese tax number after a word that says so.
//!
//! # Why it matters
//! It identifies one person for life and opens accounts in that person's name.
//!
//! # Example
//! `NIF 123456789`
//!
//! # Limits and sources
//! Weights 9 to 2, modulus 11.

use super::checksum;
use super::context::{self, after};
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI039",
    name: "pt-nif",
    family: Family::Pii,
    category: "pii.pt-nif",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: after!(r"\bnif|_nif|contribuinte|identificação fiscal", r"[1-35689]\d{2} ?\d{3} ?\d{3}"),
        anchor: Anchor::Literals(&["nif", "contribuinte", "identificação fiscal"]),
        longest: context::LONGEST,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    context::checked(candidate, is_valid)
}

/// Weights 9 to 2, modulus 11.
fn is_valid(digits: &[u8]) -> bool {
    let rest = checksum::weighted(digits, &[9, 8, 7, 6, 5, 4, 3, 2]) % 11;
    u32::from(digits[8]) == if rest < 2 { 0 } else { 11 - rest }
}
