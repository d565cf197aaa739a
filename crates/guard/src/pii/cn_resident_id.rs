//! # What it finds
//! A Chinese resident identity number.
//!
//! # Why it matters
//! It identifies one person for life and opens accounts in that person's name.
//!
//! # Example
//! `11010519491231002X`
//!
//! # Limits and sources
//! ISO 7064 MOD 11-2 as in GB 11643-1999, and a day that exists.

use super::{checksum, context, date};
use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI074",
    name: "cn-resident-id",
    family: Family::Pii,
    category: "pii.cn-resident-id",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\b[1-8]\d{5}(?:19|20)\d{2}[01]\d[0-3]\d\d{3}[0-9Xx]\b",
        anchor: Anchor::Digits(17),
        longest: 18,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let found = candidate.matched();
    let digits = checksum::digits(found.get(..17)?);
    let check = match found.bytes().last()? {
        b'X' | b'x' => 10,
        digit => u32::from(digit - b'0'),
    };
    let is_valid =
        date::is_yyyymmdd(&digits[6..]) && checksum::mod11_2(&digits) == check && context::stands_alone(candidate);
    is_valid.then(|| Hit::new(0.98, Evidence::Checksum))
}
