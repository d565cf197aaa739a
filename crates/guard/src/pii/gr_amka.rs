//! # What it finds
//! A Greek social security number after its name.
//!
//! # Why it matters
//! It identifies one person for life and opens accounts in that person's name.
//!
//! # Example
//! `AMKA 01013099997`
//!
//! # Limits and sources
//! Luhn, and a date in front.

use super::context::{self, after};
use super::{checksum, date};
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI053",
    name: "gr-amka",
    family: Family::Pii,
    category: "pii.gr-amka",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: after!(r"amka", r"\d{11}"),
        anchor: Anchor::Literals(&["amka"]),
        longest: context::LONGEST,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    context::checked(candidate, is_valid)
}

/// Luhn and a date.
fn is_valid(digits: &[u8]) -> bool {
    date::is_ddmmyy(digits) && checksum::luhn(digits)
}
