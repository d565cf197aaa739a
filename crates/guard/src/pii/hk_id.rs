//! # What it finds
//! A Hong Kong identity card number.
//!
//! # Why it matters
//! It identifies one person for life and opens accounts in that person's name.
//!
//! # Example
//! `A123456(3)`
//!
//! # Limits and sources
//! Weights 9 to 2, modulus 11, A for ten; a single letter counts a space in front as 36.

use super::{checksum, context};
use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI079",
    name: "hk-id",
    family: Family::Pii,
    category: "pii.hk-id",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\b[A-Z]{1,2}\d{6}\([0-9A]\)",
        anchor: Anchor::Digits(6),
        longest: 11,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let values = checksum::alphanumerics(candidate.matched());
    let (check, rest) = values.split_last()?;
    let lead: &[u8] = if rest.len() == 7 { &[36] } else { &[] };
    let sum = checksum::weighted(&[lead, rest].concat(), &[9, 8, 7, 6, 5, 4, 3, 2]) + u32::from(*check);
    sum.is_multiple_of(11).then(|| Hit::new(context::CERTAIN, Evidence::Checksum))
}
