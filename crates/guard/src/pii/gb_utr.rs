//! # What it finds
//! A British taxpayer reference after a word that says so.
//!
//! # Why it matters
//! It is the login of the tax account.
//!
//! # Example
//! `UTR 19558 39627`
//!
//! # Limits and sources
//! The first digit checks the rest by weights 6, 7, 8, 9, 10, 5, 4, 3, 2 modulus 11.

use super::checksum;
use super::context::{self, after};
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI027",
    name: "gb-utr",
    family: Family::Pii,
    category: "pii.gb-utr",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: after!(r"\butr|_utr|unique taxpayer", r"\d{5} ?\d{5}"),
        anchor: Anchor::Literals(&["utr", "unique taxpayer"]),
        longest: context::LONGEST,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    context::checked(candidate, is_valid)
}

/// The first digit follows from the others.
fn is_valid(digits: &[u8]) -> bool {
    const CHECKS: [u8; 11] = [2, 1, 9, 8, 7, 6, 5, 4, 3, 2, 1];
    let sum = checksum::weighted(&digits[1..], &[6, 7, 8, 9, 10, 5, 4, 3, 2]) % 11;
    usize::try_from(sum).is_ok_and(|at| CHECKS[at] == digits[0])
}
