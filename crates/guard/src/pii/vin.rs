//! # What it finds
//! A vehicle identification number.
//!
//! # Why it matters
//! With it the holder of a car can be looked up.
//!
//! # Example
//! `1M8GDM9AXKP042788`
//!
//! # Limits and sources
//! The check digit of ISO 3779 as used in North America; European numbers without it need a word in front.

use super::context;
use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI095",
    name: "vin",
    family: Family::Pii,
    category: "pii.vin",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\b[A-HJ-NPR-Z0-9]{8}[0-9X][A-HJ-NPR-Z0-9]{2}\d{6}\b|\b[A-HJ-NPR-Z0-9]{8}[0-9X][A-HJ-NPR-Z0-9]{3}\d{5}\b",
        anchor: Anchor::Digits(5),
        longest: 17,
        verify,
    }),
};

const WEIGHTS: [u32; 17] = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let found = candidate.matched();
    let letters = found.bytes().filter(u8::is_ascii_uppercase).count();
    let sum: u32 = found.bytes().zip(WEIGHTS).map(|(byte, weight)| worth(byte) * weight).sum();
    let check = match found.as_bytes()[8] {
        b'X' => 10,
        digit => u32::from(digit - b'0'),
    };
    if letters < 3 || sum % 11 != check || !context::stands_alone(candidate) {
        return None;
    }
    let is_named = candidate.follows_any(&["vin", "chassis", "vehicle", "fahrgestell", "car "]);
    Some(Hit::new(if is_named { 0.98 } else { context::LIKELY }, Evidence::Checksum))
}

/// What a character counts; I, O and Q do not occur.
fn worth(byte: u8) -> u32 {
    u32::from(match byte {
        b'0'..=b'9' => byte - b'0',
        b'A'..=b'I' => byte - b'A' + 1,
        b'J'..=b'R' => byte - b'J' + 1,
        _ => byte.saturating_sub(b'S') + 2,
    })
}
