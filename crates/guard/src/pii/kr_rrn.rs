//! # What it finds
//! A South Korean resident registration number.
//!
//! # Why it matters
//! It identifies one person for life and opens accounts in that person's name.
//!
//! # Example
//! `900101-1234568`
//!
//! # Limits and sources
//! The date must exist. The check digit counts where it agrees; numbers given out since October 2020 have none.

use super::{checksum, context, date};
use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI073",
    name: "kr-rrn",
    family: Family::Pii,
    category: "pii.kr-rrn",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\b\d{6}-[1-8]\d{6}\b",
        anchor: Anchor::Digits(13),
        longest: 14,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let digits = checksum::digits(candidate.matched());
    if !date::is_yymmdd(&digits) || !context::stands_alone(candidate) {
        return None;
    }
    let sum = checksum::weighted(&digits, &[2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]);
    let is_checked = (11 - sum % 11) % 10 == u32::from(digits[12]);
    Some(match is_checked {
        true => Hit::new(context::CERTAIN, Evidence::Checksum),
        false => Hit::new(0.7, Evidence::Pattern),
    })
}
