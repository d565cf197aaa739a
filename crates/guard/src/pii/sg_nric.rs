//! # What it finds
//! A Singaporean NRIC or FIN.
//!
//! # Why it matters
//! It identifies one person for life and opens accounts in that person's name.
//!
//! # Example
//! `S1234567D`
//!
//! # Limits and sources
//! Weights 2, 7, 6, 5, 4, 3, 2 modulus 11 and a letter for each series. One letter in eleven passes by chance.

use super::{checksum, context};
use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI072",
    name: "sg-nric",
    family: Family::Pii,
    category: "pii.sg-nric",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact { pattern: r"\b[STFGM]\d{7}[A-Z]\b", anchor: Anchor::Digits(7), longest: 9, verify }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let found = candidate.matched();
    let digits = checksum::digits(found);
    let sum = checksum::weighted(&digits, &[2, 7, 6, 5, 4, 3, 2]);
    let (offset, letters) = match found.bytes().next()? {
        b'S' => (0, b"JZIHGFEDCBA"),
        b'T' => (4, b"JZIHGFEDCBA"),
        b'F' => (0, b"XWUTRQPNMLK"),
        b'G' => (4, b"XWUTRQPNMLK"),
        _ => (3, b"KLJNPQRTUWX"),
    };
    let at = usize::try_from((sum + offset) % 11).ok()?;
    let expected = if found.starts_with('M') { letters[10 - at] } else { letters[at] };
    if found.bytes().last() != Some(expected) || !context::stands_alone(candidate) {
        return None;
    }
    let is_named = candidate.follows_any(&["nric", "fin", "identity", "singapore", "ic "]);
    Some(Hit::new(if is_named { context::CERTAIN } else { 0.75 }, Evidence::Checksum))
}
