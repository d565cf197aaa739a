//! # What it finds
//! A Romanian personal number after a word that says so.
//!
//! # Why it matters
//! It identifies one person for life and opens accounts in that person's name.
//!
//! # Example
//! `CNP 1800101221144`
//!
//! # Limits and sources
//! Weights 2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9 modulus 11, and the date.

use super::context::{self, after};
use super::{checksum, date};
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI048",
    name: "ro-cnp",
    family: Family::Pii,
    category: "pii.ro-cnp",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: after!(r"\bcnp|_cnp|cod numeric personal", r"[1-8]\d{12}"),
        anchor: Anchor::Literals(&["cnp", "cod numeric personal"]),
        longest: context::LONGEST,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    context::checked(candidate, is_valid)
}

/// Weights, modulus 11, and a date.
fn is_valid(digits: &[u8]) -> bool {
    let rest = checksum::weighted(digits, &[2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11;
    date::is_yymmdd(&digits[1..]) && u32::from(digits[12]) == if rest == 10 { 1 } else { rest }
}
