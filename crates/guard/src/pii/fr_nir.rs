//! # What it finds
//! A French social security number (NIR).
//!
//! # Why it matters
//! It identifies one person for life and opens accounts in that person's name.
//!
//! # Example
//! `1 85 05 78 006 084 91`
//!
//! # Limits and sources
//! The key is 97 minus the number modulo 97; Corsica counts 2A as 19 and 2B as 18. Temporary numbers are not told
//! apart.

use super::{checksum, context};
use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI033",
    name: "fr-nir",
    family: Family::Pii,
    category: "pii.fr-nir",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\b[12] ?\d{2} ?(?:0[1-9]|1[0-2]|[2-9]\d) ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3} ?\d{2}\b",
        anchor: Anchor::Digits(8),
        longest: 21,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let found = candidate.matched();
    let plain = found.replace("2A", "19").replace("2B", "18");
    let digits = checksum::digits(&plain);
    let (number, key) = (checksum::number(digits.get(..13)?), checksum::number(&digits[13..]));
    let is_valid = digits.len() == 15 && 97 - number % 97 == key && context::stands_alone(candidate);
    is_valid.then(|| Hit::new(context::CERTAIN, Evidence::Checksum))
}
