//! # What it finds
//! A United States bank routing number after a word that says so.
//!
//! # Why it matters
//! With the account number next to it money can be drawn.
//!
//! # Example
//! `routing number 021000021`
//!
//! # Limits and sources
//! Checksum 3-7-1 and Federal Reserve prefixes of the American Bankers Association.

use super::checksum;
use super::context::{self, after};
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI015",
    name: "us-routing",
    family: Family::Pii,
    category: "pii.us-routing",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: after!(r"routing|(?:\b|_)aba[ :=#_\x22]", r"\d{9}"),
        anchor: Anchor::Literals(&["routing", "aba ", "aba:", "aba=", "aba#", "aba_", "aba\""]),
        longest: context::LONGEST,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    context::checked(candidate, is_valid)
}

/// Weights 3, 7, 1 and a prefix of a Federal Reserve district.
fn is_valid(digits: &[u8]) -> bool {
    let prefix = checksum::number(&digits[..2]);
    matches!(prefix, 1..=12 | 21..=32 | 61..=72 | 80)
        && checksum::weighted(digits, &[3, 7, 1, 3, 7, 1, 3, 7, 1]).is_multiple_of(10)
}
