//! # What it finds
//! An Indian Aadhaar number after its name.
//!
//! # Why it matters
//! It identifies one person for life and opens accounts in that person's name.
//!
//! # Example
//! `Aadhaar 4827 7305 8169`
//!
//! # Limits and sources
//! Verhoeff; the first digit is at least two.

use super::checksum;
use super::context::{self, after};
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI066",
    name: "in-aadhaar",
    family: Family::Pii,
    category: "pii.in-aadhaar",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: after!(r"aadhaar|aadhar|adhaar|uidai|आधार", r"[2-9]\d{3}[ -]?\d{4}[ -]?\d{4}"),
        anchor: Anchor::Literals(&["aadhaar", "aadhar", "adhaar", "uidai", "आधार"]),
        longest: context::LONGEST,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    context::checked(candidate, is_valid)
}

/// Verhoeff over twelve digits.
fn is_valid(digits: &[u8]) -> bool {
    checksum::verhoeff(digits)
}
