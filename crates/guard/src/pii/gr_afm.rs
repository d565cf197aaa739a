//! # What it finds
//! A Greek tax number after its name.
//!
//! # Why it matters
//! It identifies one person for life and opens accounts in that person's name.
//!
//! # Example
//! `AFM 094259216`
//!
//! # Limits and sources
//! Powers of two, modulus 11, modulus 10.

use super::checksum;
use super::context::{self, after};
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI052",
    name: "gr-afm",
    family: Family::Pii,
    category: "pii.gr-afm",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: after!(r"\bafm|_afm|tin[ :]", r"\d{9}"),
        anchor: Anchor::Literals(&["afm", "tin ", "tin:"]),
        longest: context::LONGEST,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    context::checked(candidate, is_valid)
}

/// Powers of two, modulus 11, modulus 10.
fn is_valid(digits: &[u8]) -> bool {
    let sum = checksum::weighted(digits, &[256, 128, 64, 32, 16, 8, 4, 2]);
    sum % 11 % 10 == u32::from(digits[8])
}
