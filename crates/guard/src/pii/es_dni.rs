//! # What it finds
//! A Spanish identity number (DNI, or NIE of foreigners).
//!
//! # Why it matters
//! It identifies one person for life and opens accounts in that person's name.
//!
//! # Example
//! `12345678Z`
//!
//! # Limits and sources
//! The letter follows from the number modulo 23. One wrong letter in 23 passes, so it scores lower without a word in
//! front.

use super::{checksum, context};
use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI034",
    name: "es-dni",
    family: Family::Pii,
    category: "pii.es-dni",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\b(?:\d{8}|[XYZ]-?\d{7})-?[A-HJ-NP-TV-Z]\b",
        anchor: Anchor::Digits(7),
        longest: 11,
        verify,
    }),
};

const LETTERS: &[u8; 23] = b"TRWAGMYFPDXBNJZSQVHLCKE";

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let found = candidate.matched();
    let prefix = match found.bytes().next()? {
        b'Y' => 10_000_000,
        b'Z' => 20_000_000,
        _ => 0,
    };
    let number = prefix + checksum::number(&checksum::digits(found));
    let letter = LETTERS[usize::try_from(number % 23).ok()?];
    if found.bytes().last() != Some(letter) || !context::stands_alone(candidate) {
        return None;
    }
    let is_named = candidate.follows_any(&["dni", "nie", "nif", "documento", "identidad"]);
    Some(Hit::new(if is_named { context::CERTAIN } else { context::LIKELY }, Evidence::Checksum))
}
