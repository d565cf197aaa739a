//! # What it finds
//! A personal number of Slovenia and of its neighbours after a word that says so.
//!
//! # Why it matters
//! It identifies one person for life and opens accounts in that person's name.
//!
//! # Example
//! `JMBG 0101006500006`
//!
//! # Limits and sources
//! Weights 7 to 2 twice, modulus 11, and a date.

use super::context::{self, after};
use super::{checksum, date};
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI055",
    name: "balkan-emso",
    family: Family::Pii,
    category: "pii.balkan-emso",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: after!(r"jmbg|emšo|EMŠO|emso|matični broj|maticni broj", r"\d{13}"),
        anchor: Anchor::Literals(&["jmbg", "emšo", "EMŠO", "emso", "matični broj", "maticni broj"]),
        longest: context::LONGEST,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    context::checked(candidate, is_valid)
}

/// Weights 7 to 2 twice, and a date.
fn is_valid(digits: &[u8]) -> bool {
    let rest = checksum::weighted(digits, &[7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
    let is_date = date::exists(4, date::two(&digits[2..]), date::two(digits));
    is_date && rest != 1 && u32::from(digits[12]) == (11 - rest) % 11
}
