//! # What it finds
//! A Mexican CURP.
//!
//! # Why it matters
//! It identifies one person for life and opens accounts in that person's name.
//!
//! # Example
//! `HEGG560427MVZRRL04`
//!
//! # Limits and sources
//! The check digit of RENAPO over an alphabet with Ñ, and a date.

use super::{checksum, date};
use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI061",
    name: "mx-curp",
    family: Family::Pii,
    category: "pii.mx-curp",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\b[A-Z][AEIOUX][A-Z]{2}\d{6}[HMX][A-Z]{2}[B-DF-HJ-NP-TV-Z]{3}[A-Z0-9]\d\b",
        anchor: Anchor::Digits(6),
        longest: 18,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let values = checksum::alphanumerics(candidate.matched());
    let (check, rest) = values.split_last()?;
    // Ñ stands between N and O and moves what follows by one.
    let worth = |value: u8| u32::from(value) + u32::from(value > 23);
    let sum: u32 = rest.iter().zip((2..=18).rev()).map(|(value, weight)| worth(*value) * weight).sum();
    let is_valid = date::is_yymmdd(&rest[4..10]) && (10 - sum % 10) % 10 == u32::from(*check);
    is_valid.then(|| Hit::new(0.98, Evidence::Checksum))
}
