//! # What it finds
//! An Israeli identity number after words that say so.
//!
//! # Why it matters
//! It identifies one person for life and opens accounts in that person's name.
//!
//! # Example
//! `Israeli ID 000000018`
//!
//! # Limits and sources
//! Luhn from the left over nine digits.

use super::checksum;
use super::context::{self, after};
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI078",
    name: "il-id",
    family: Family::Pii,
    category: "pii.il-id",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: after!(r"teudat zehut|israeli id|israel id|תעודת זהות|ת\.ז\.|מספר זהות", r"\d{8}-?\d"),
        anchor: Anchor::Literals(&["teudat zehut", "israeli id", "israel id", "תעודת זהות", "ת.ז.", "מספר זהות"]),
        longest: context::LONGEST,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    context::checked(candidate, is_valid)
}

/// Luhn over nine digits.
fn is_valid(digits: &[u8]) -> bool {
    digits.len() == 9 && checksum::luhn(digits)
}
