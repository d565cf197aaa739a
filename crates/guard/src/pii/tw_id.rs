//! # What it finds
//! A Taiwanese identity number after words that say so.
//!
//! # Why it matters
//! It identifies one person for life and opens accounts in that person's name.
//!
//! # Example
//! `national ID A123456789`
//!
//! # Limits and sources
//! The letter counts as two digits; weights 1, 9 to 1, modulus 10.

use super::checksum;
use super::context::{self, after};
use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI080",
    name: "tw-id",
    family: Family::Pii,
    category: "pii.tw-id",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: after!(
            r"taiwan id|national id|id card|身分證字號|身份證字號|身分證|身份證|統一編號",
            r"[A-Z][1289]\d{8}"
        ),
        anchor: Anchor::Literals(&[
            "taiwan id",
            "national id",
            "id card",
            "身分證字號",
            "身份證字號",
            "身分證",
            "身份證",
            "統一編號",
        ]),
        longest: context::LONGEST,
        verify,
    }),
};

/// What the letters A to Z are worth.
const LETTERS: [u8; 26] =
    [10, 11, 12, 13, 14, 15, 16, 17, 34, 18, 19, 20, 21, 22, 35, 23, 24, 25, 26, 27, 28, 29, 32, 30, 31, 33];

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let value = context::token(candidate);
    let letter = LETTERS[usize::from(value.bytes().next()?.checked_sub(b'A')?) % 26];
    let digits = [&[letter / 10, letter % 10], &checksum::digits(value)[..]].concat();
    if !checksum::weighted(&digits, &[1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1]).is_multiple_of(10) {
        return None;
    }
    context::ending(candidate, value, context::CERTAIN, Evidence::Checksum)
}
