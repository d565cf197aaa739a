//! # What it finds
//! An Australian business number after its name.
//!
//! # Why it matters
//! A sole trader is registered with it at home.
//!
//! # Example
//! `ABN 51 824 753 556`
//!
//! # Limits and sources
//! Modulus 89 after one is taken from the first digit.

use super::checksum;
use super::context::{self, after};
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI070",
    name: "au-abn",
    family: Family::Pii,
    category: "pii.au-abn",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: after!(r"\babn|_abn|australian business", r"\d{2} ?\d{3} ?\d{3} ?\d{3}"),
        anchor: Anchor::Literals(&["abn", "australian business"]),
        longest: context::LONGEST,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    context::checked(candidate, is_valid)
}

/// Modulus 89.
fn is_valid(digits: &[u8]) -> bool {
    let sum = checksum::weighted(digits, &[10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19]);
    digits[0] > 0 && (sum - 10).is_multiple_of(89)
}
