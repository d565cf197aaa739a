//! # What it finds
//! The serial number of a mobile telephone (IMEI) after its name.
//!
//! # Why it matters
//! It follows a device whatever card is in it.
//!
//! # Example
//! `IMEI 490154203237518`
//!
//! # Limits and sources
//! Luhn over fifteen digits.

use super::checksum;
use super::context::{self, after};
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI096",
    name: "imei",
    family: Family::Pii,
    category: "pii.imei",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: after!(r"imei", r"\d{2}[- ]?\d{6}[- ]?\d{6}[- ]?\d"),
        anchor: Anchor::Literals(&["imei"]),
        longest: context::LONGEST,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    context::checked(candidate, is_valid)
}

/// Luhn over fifteen digits.
fn is_valid(digits: &[u8]) -> bool {
    checksum::luhn(digits)
}
