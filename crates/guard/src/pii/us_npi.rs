//! # What it finds
//! A United States health care provider number after a word that says so.
//!
//! # Why it matters
//! It names a physician and, next to a patient, a treatment.
//!
//! # Example
//! `NPI 1234567893`
//!
//! # Limits and sources
//! Luhn over the number with 80840 in front, as CMS specifies.

use super::checksum;
use super::context::{self, after};
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI020",
    name: "us-npi",
    family: Family::Pii,
    category: "pii.us-npi",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: after!(r"\bnpi|_npi|national provider", r"[12]\d{9}"),
        anchor: Anchor::Literals(&["npi", "national provider"]),
        longest: context::LONGEST,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    context::checked(candidate, is_valid)
}

/// Luhn with the prefix of the card issuer.
fn is_valid(digits: &[u8]) -> bool {
    let full: Vec<u8> = [8, 0, 8, 4, 0].iter().chain(digits).copied().collect();
    checksum::luhn(&full)
}
