//! # What it finds
//! A British national insurance number.
//!
//! # Why it matters
//! It identifies one person for life and opens accounts in that person's name.
//!
//! # Example
//! `AB 12 34 56 C`
//!
//! # Limits and sources
//! Prefix and suffix rules of HMRC; the number has no check digit. Lower case is not found.

use super::context;
use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI025",
    name: "gb-nino",
    family: Family::Pii,
    category: "pii.gb-nino",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\b[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b",
        anchor: Anchor::Digits(6),
        longest: 13,
        verify,
    }),
};

/// Prefixes that are never given out.
const UNUSED: &[&str] = &["BG", "GB", "KN", "NK", "NT", "TN", "ZZ"];

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let found = candidate.matched();
    if UNUSED.iter().any(|prefix| found.starts_with(prefix)) || !context::stands_alone(candidate) {
        return None;
    }
    let is_spaced = found.len() == 13;
    let is_named = candidate.follows_any(&["national insurance", "nino", "ni no", "ni number", "insurance n"]);
    Some(match (is_named, is_spaced) {
        (true, _) => Hit::new(0.9, Evidence::Context),
        (false, true) => Hit::new(0.85, Evidence::Pattern),
        (false, false) => Hit::new(0.7, Evidence::Pattern),
    })
}
