//! # What it finds
//! An Ecuadorian identity number after its name.
//!
//! # Why it matters
//! It identifies one person for life and opens accounts in that person's name.
//!
//! # Example
//! `cédula 1710034065`
//!
//! # Limits and sources
//! Luhn, a province from 01 to 24 or 30, and a third digit below six.

use super::context::{self, after};
use super::{checksum, date};
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI065",
    name: "ec-cedula",
    family: Family::Pii,
    category: "pii.ec-cedula",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: after!(r"cédula|cedula", r"\d{10}"),
        anchor: Anchor::Literals(&["cédula", "cedula"]),
        longest: context::LONGEST,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    context::checked(candidate, is_valid)
}

/// Luhn, province, and kind of holder.
fn is_valid(digits: &[u8]) -> bool {
    matches!(date::two(digits), 1..=24 | 30) && digits[2] < 6 && checksum::luhn(digits)
}
