//! # What it finds
//! An Austrian social insurance number after a word that says so.
//!
//! # Why it matters
//! It identifies one person for life and opens accounts in that person's name.
//!
//! # Example
//! `SVNR 1237 010180`
//!
//! # Limits and sources
//! The fourth digit checks the others by weights 3, 7, 9, 5, 8, 4, 2, 1, 6 modulus 11; the end is a date.

use super::context::{self, after};
use super::{checksum, date};
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI046",
    name: "at-svnr",
    family: Family::Pii,
    category: "pii.at-svnr",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: after!(r"svnr|sv-nummer|sozialversicherung|versicherungsnummer", r"\d{4} ?\d{6}"),
        anchor: Anchor::Literals(&["svnr", "sv-nummer", "sozialversicherung", "versicherungsnummer"]),
        longest: context::LONGEST,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    context::checked(candidate, is_valid)
}

/// The fourth digit follows from the others. A month above twelve stands for one that is full.
fn is_valid(digits: &[u8]) -> bool {
    let month = date::two(&digits[6..]);
    let is_date = (1..=31).contains(&date::two(&digits[4..])) && (1..=15).contains(&month);
    let sum = checksum::weighted(digits, &[3, 7, 9, 0, 5, 8, 4, 2, 1, 6]);
    is_date && sum % 11 == u32::from(digits[3])
}
