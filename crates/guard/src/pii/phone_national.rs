//! # What it finds
//! A telephone number in the grouping of its country: United States and Canada, United Kingdom, France, Germany.
//!
//! # Why it matters
//! It reaches a person, and resets passwords.
//!
//! # Example
//! `(415) 555-2671`
//!
//! # Limits and sources
//! The numbering plans of libphonenumber decide. Other countries need the country code or a word in front.

use super::{checksum, context, phone};
use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI004",
    name: "phone-national",
    family: Family::Pii,
    category: "pii.phone",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"(?:\(\d{3}\) ?\d{3}[-. ]\d{4}|\b(?:\d{3}-\d{3}-\d{4}|\d{3}\.\d{3}\.\d{4}|0\d(?:[ .]\d{2}){4}|0\d{2} \d{4} \d{4}|0\d{3} \d{3} \d{4}|0\d{4} \d{6}|0\d{2,4}/\d{6,8}|\(0\d{2,4}\) ?\d{4,8}))(?: ?(?i:x|ext\.? ?)\d{1,6})?\b",
        anchor: Anchor::Digits(4),
        longest: 28,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let found = candidate.matched();
    let is_row = candidate.before().trim_end_matches(' ').ends_with(|last: char| last.is_ascii_digit());
    if is_row || !context::stands_alone(candidate) {
        return None;
    }
    // Without an extension.
    let found = found.split(['x', 'X', 'e', 'E']).next().unwrap_or(found).trim_end();
    let digits = checksum::digits(found);
    let country = match (digits.first()?, found.contains([' ', '.'])) {
        (1..=9, _) => phone::Country::US,
        (_, _) if found.contains(['/', '(']) => phone::Country::DE,
        _ if is_paired(found) => phone::Country::FR,
        _ => phone::Country::GB,
    };
    phone::is_valid(Some(country), found).then(|| Hit::new(0.85, Evidence::Checksum))
}

/// `06 12 34 56 78`
fn is_paired(found: &str) -> bool {
    found.split([' ', '.']).all(|part| part.len() == 2)
}
