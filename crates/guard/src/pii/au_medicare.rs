//! # What it finds
//! An Australian Medicare number after its name.
//!
//! # Why it matters
//! It is the key to a health record.
//!
//! # Example
//! `Medicare 2123 45670 1`
//!
//! # Limits and sources
//! The ninth digit checks the first eight by weights 1, 3, 7, 9.

use super::checksum;
use super::context::{self, after};
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI069",
    name: "au-medicare",
    family: Family::Pii,
    category: "pii.au-medicare",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: after!(r"medicare", r"[2-6]\d{3} ?\d{5} ?\d(?:[ /-]?\d)?"),
        anchor: Anchor::Literals(&["medicare"]),
        longest: context::LONGEST,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    context::checked(candidate, is_valid)
}

/// Weights 1, 3, 7, 9, twice.
fn is_valid(digits: &[u8]) -> bool {
    checksum::weighted(&digits[..8], &[1, 3, 7, 9, 1, 3, 7, 9]) % 10 == u32::from(digits[8])
}
