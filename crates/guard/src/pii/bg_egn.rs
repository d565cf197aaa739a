//! # What it finds
//! A Bulgarian personal number after its name.
//!
//! # Why it matters
//! It identifies one person for life and opens accounts in that person's name.
//!
//! # Example
//! `EGN 7523169263`
//!
//! # Limits and sources
//! Weights 2, 4, 8, 5, 10, 9, 7, 3, 6 modulus 11, and a date whose month also tells the century.

use super::context::{self, after};
use super::{checksum, date};
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI049",
    name: "bg-egn",
    family: Family::Pii,
    category: "pii.bg-egn",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: after!(r"\begn|_egn|ЕГН", r"\d{10}"),
        anchor: Anchor::Literals(&["egn", "ЕГН"]),
        longest: context::LONGEST,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    context::checked(candidate, is_valid)
}

/// Weights, modulus 11, and a date.
fn is_valid(digits: &[u8]) -> bool {
    let month = date::two(&digits[2..]) % 20;
    let rest = checksum::weighted(digits, &[2, 4, 8, 5, 10, 9, 7, 3, 6]) % 11;
    date::exists(date::two(digits), month, date::two(&digits[4..])) && rest % 10 == u32::from(digits[9])
}
