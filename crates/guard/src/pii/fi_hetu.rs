//! # What it finds
//! A Finnish personal identity code.
//!
//! # Why it matters
//! It identifies one person for life and opens accounts in that person's name.
//!
//! # Example
//! `131052-308T`
//!
//! # Limits and sources
//! The check character is the number modulo 31; the day must exist.

use super::{checksum, context, date};
use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI042",
    name: "fi-hetu",
    family: Family::Pii,
    category: "pii.fi-hetu",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\b\d{6}[-+A-FU-Y]\d{3}[0-9A-FHJ-NPR-Y]\b",
        anchor: Anchor::Digits(6),
        longest: 11,
        verify,
    }),
};

const CHECKS: &[u8; 31] = b"0123456789ABCDEFHJKLMNPRSTUVWXY";

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let found = candidate.matched();
    let digits = checksum::digits(found.get(..10)?);
    let check = CHECKS[usize::try_from(checksum::number(&digits) % 31).ok()?];
    let is_valid = date::is_ddmmyy(&digits) && found.bytes().last() == Some(check) && context::stands_alone(candidate);
    is_valid.then(|| Hit::new(context::CERTAIN, Evidence::Checksum))
}
