//! # What it finds
//! An Irish PPS number after a word that says so.
//!
//! # Why it matters
//! It identifies one person for life and opens accounts in that person's name.
//!
//! # Example
//! `PPS number 1234567T`
//!
//! # Limits and sources
//! Weights 8 to 2 and nine for a second letter, modulus 23.

use super::checksum;
use super::context::{self, after};
use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI047",
    name: "ie-pps",
    family: Family::Pii,
    category: "pii.ie-pps",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: after!(r"ppsn|\bpps|_pps|personal public service", r"\d{7}[A-W][A-IW]?"),
        anchor: Anchor::Literals(&["ppsn", "pps", "personal public service"]),
        longest: context::LONGEST,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let value = context::value(candidate);
    let values = checksum::alphanumerics(value);
    let second = values.get(8).map_or(0, |letter| u32::from(*letter % 32).saturating_sub(9) * 9);
    let sum = checksum::weighted(&values[..7], &[8, 7, 6, 5, 4, 3, 2]) + second;
    if sum % 23 != u32::from(values[7].saturating_sub(9)) % 23 {
        return None;
    }
    context::ending(candidate, value, context::CERTAIN, Evidence::Checksum)
}
