//! # What it finds
//! A Turkish identity number after words that say so.
//!
//! # Why it matters
//! It identifies one person for life and opens accounts in that person's name.
//!
//! # Example
//! `TC kimlik no 10000000146`
//!
//! # Limits and sources
//! Two check digits: sums of odd and even places, and of all.

use super::context::{self, after};
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI077",
    name: "tr-tckn",
    family: Family::Pii,
    category: "pii.tr-tckn",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: after!(r"tckn|t\.c\. kimlik|tc kimlik|kimlik n", r"[1-9]\d{10}"),
        anchor: Anchor::Literals(&["tckn", "t.c. kimlik", "tc kimlik", "kimlik n"]),
        longest: context::LONGEST,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    context::checked(candidate, is_valid)
}

/// Both check digits.
fn is_valid(digits: &[u8]) -> bool {
    let sum = |places: &[usize]| places.iter().map(|place| u32::from(digits[*place])).sum::<u32>();
    let (odd, even) = (sum(&[0, 2, 4, 6, 8]), sum(&[1, 3, 5, 7]));
    let first = (odd * 7 + 90 - even) % 10;
    u32::from(digits[9]) == first && u32::from(digits[10]) == (odd + even + first) % 10
}
