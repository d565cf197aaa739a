//! # What it finds
//! An Estonian or Lithuanian personal code after words that say so.
//!
//! # Why it matters
//! It identifies one person for life and opens accounts in that person's name.
//!
//! # Example
//! `isikukood 37605030299`
//!
//! # Limits and sources
//! Two rounds of weights modulus 11, and the date.

use super::context::{self, after};
use super::{checksum, date};
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI054",
    name: "ee-lt-personal-code",
    family: Family::Pii,
    category: "pii.ee-lt-personal-code",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: after!(r"isikukood|asmens kodas|personal code|ik |a\. k\. ", r"[1-6]\d{10}"),
        anchor: Anchor::Literals(&["isikukood", "asmens kodas", "personal code", "ik ", "a. k. "]),
        longest: context::LONGEST,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    context::checked(candidate, is_valid)
}

/// Two rounds of weights, and a date.
fn is_valid(digits: &[u8]) -> bool {
    let mut rest = checksum::weighted(digits, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 1]) % 11;
    if rest == 10 {
        rest = checksum::weighted(digits, &[3, 4, 5, 6, 7, 8, 9, 1, 2, 3]) % 11 % 10;
    }
    date::is_yymmdd(&digits[1..]) && rest == u32::from(digits[10])
}
