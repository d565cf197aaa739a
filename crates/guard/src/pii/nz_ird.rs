//! # What it finds
//! A New Zealand tax number after words that say so.
//!
//! # Why it matters
//! It identifies one person for life and opens accounts in that person's name.
//!
//! # Example
//! `IRD 49-091-850`
//!
//! # Limits and sources
//! Two rounds of weights modulus 11, range 10 000 000 to 150 000 000.

use super::checksum;
use super::context::{self, after};
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI071",
    name: "nz-ird",
    family: Family::Pii,
    category: "pii.nz-ird",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: after!(r"(?:\b|_)ird[ :=#_\x22]|inland revenue", r"\d{2,3}[- ]?\d{3}[- ]?\d{3}"),
        anchor: Anchor::Literals(&["ird ", "ird:", "ird=", "ird#", "ird_", "ird\"", "inland revenue"]),
        longest: context::LONGEST,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    context::checked(candidate, is_valid)
}

/// Two rounds of weights, modulus 11.
fn is_valid(digits: &[u8]) -> bool {
    let number = checksum::number(digits);
    if !(10_000_000..150_000_000).contains(&number) {
        return false;
    }
    let full = [&[0, 0][..9 - digits.len()], digits].concat();
    let check = |weights: &[u32]| (11 - checksum::weighted(&full[..8], weights) % 11) % 11;
    let check = match check(&[3, 2, 7, 6, 5, 4, 3, 2]) {
        10 => check(&[7, 4, 3, 2, 5, 2, 7, 6]),
        first => first,
    };
    check == u32::from(full[8])
}
