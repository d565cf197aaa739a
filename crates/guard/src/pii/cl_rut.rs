//! # What it finds
//! A Chilean RUT or RUN after its name.
//!
//! # Why it matters
//! It identifies one person for life and opens accounts in that person's name.
//!
//! # Example
//! `RUT 12.345.678-5`
//!
//! # Limits and sources
//! Weights 2 to 7 from the right, modulus 11, K for ten.

use super::checksum;
use super::context::{self, after};
use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI064",
    name: "cl-rut",
    family: Family::Pii,
    category: "pii.cl-rut",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: after!(r"\brut|_rut|(?:\b|_)run[ :=#_\x22]|rol único|rol unico", r"\d{1,2}\.?\d{3}\.?\d{3}-?[0-9Kk]"),
        anchor: Anchor::Literals(&["rut", "run ", "run:", "run=", "run#", "run_", "run\"", "rol único", "rol unico"]),
        longest: context::LONGEST,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let value = context::value(candidate);
    let values = checksum::alphanumerics(value);
    let (check, rest) = values.split_last()?;
    let weights = [2, 3, 4, 5, 6, 7].into_iter().cycle();
    let sum: u32 = rest.iter().rev().zip(weights).map(|(digit, weight)| u32::from(*digit) * weight).sum();
    let expected = match (11 - sum % 11) % 11 {
        10 => 20,
        digit => digit,
    };
    if expected != u32::from(*check) || checksum::is_uniform(rest) {
        return None;
    }
    context::ending(candidate, value, context::CERTAIN, Evidence::Checksum)
}
