//! # What it finds
//! A Dutch citizen service number after a word that says so.
//!
//! # Why it matters
//! It identifies one person for life and opens accounts in that person's name.
//!
//! # Example
//! `BSN 111222333`
//!
//! # Limits and sources
//! The test of eleven: weights 9 to 2 and minus one.

use super::checksum;
use super::context::{self, after};
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI037",
    name: "nl-bsn",
    family: Family::Pii,
    category: "pii.nl-bsn",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: after!(
            r"bsn|burgerservicenummer|sofinummer",
            r"\d{4}[. ]?\d{2}[. ]?\d{3}|\d{3}[. ]?\d{3}[. ]?\d{3}|\d{8}"
        ),
        anchor: Anchor::Literals(&["bsn", "burgerservicenummer", "sofinummer"]),
        longest: context::LONGEST,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    context::checked(candidate, is_valid)
}

/// Weights 9 to 2, the last digit counts against.
fn is_valid(digits: &[u8]) -> bool {
    let Some((check, rest)) = digits.split_last() else { return false };
    let weights: &[u32] = if rest.len() == 8 { &[9, 8, 7, 6, 5, 4, 3, 2] } else { &[8, 7, 6, 5, 4, 3, 2] };
    checksum::weighted(rest, weights) % 11 == u32::from(*check)
}
