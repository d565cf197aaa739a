//! # What it finds
//! A United States social security number: three, two and four digits with hyphens, or with other separators or none
//! after a word that says so.
//!
//! # Why it matters
//! It identifies one person for life and opens accounts in that person's name.
//!
//! # Example
//! `123-45-6789`
//!
//! # Limits and sources
//! Ranges of the Social Security Administration: no area 000 or 666, no group 00, no serial 0000. The number has no check
//! digit. Areas from 900 are not issued as social security numbers, but taxpayer numbers (ITIN) have the same shape, so
//! they count where the shape is whole.

use super::{checksum, context};
use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI012",
    name: "us-ssn",
    family: Family::Pii,
    category: "pii.us-ssn",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\b\d{3}[- .]?\d{2}[- .]?\d{4}\b",
        anchor: Anchor::Digits(9),
        longest: 11,
        verify,
    }),
};

/// What makes nine digits a social security number.
const WORDS: &[&str] = &["ssn", "social security", "social sec", "soc sec", "ss#", "ss #", "seguro social"];

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let found = candidate.matched();
    let digits = checksum::digits(found);
    let (area, group, serial) =
        (checksum::number(&digits[..3]), checksum::number(&digits[3..5]), checksum::number(&digits[5..]));
    let is_shaped = found.len() == 11 && context::is_even(found);
    let is_issued = !matches!(area, 0 | 666) && (area < 900 || is_shaped) && group != 0 && serial != 0;
    if !is_issued || checksum::is_uniform(&digits) || !context::stands_alone(candidate) {
        return None;
    }
    match (is_shaped, candidate.follows_any(WORDS)) {
        (true, true) => Some(Hit::new(0.95, Evidence::Context)),
        (_, true) => Some(Hit::new(context::LIKELY, Evidence::Context)),
        (true, false) if found.contains('-') => Some(Hit::new(0.75, Evidence::Pattern)),
        _ => None,
    }
}
