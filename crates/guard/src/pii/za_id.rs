//! # What it finds
//! A South African identity number after words that say so.
//!
//! # Why it matters
//! It identifies one person for life and opens accounts in that person's name.
//!
//! # Example
//! `ID number 8001015009087`
//!
//! # Limits and sources
//! Luhn, and a date in front.

use super::context::{self, after};
use super::{checksum, date};
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI076",
    name: "za-id",
    family: Family::Pii,
    category: "pii.za-id",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: after!(r"id number|identity number|south african id|rsa id|id no", r"\d{6} ?\d{4} ?[0-2]\d{2}"),
        anchor: Anchor::Literals(&["id number", "identity number", "south african id", "rsa id", "id no"]),
        longest: context::LONGEST,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    context::checked(candidate, is_valid)
}

/// Luhn and a date.
fn is_valid(digits: &[u8]) -> bool {
    date::is_yymmdd(digits) && checksum::luhn(digits)
}
