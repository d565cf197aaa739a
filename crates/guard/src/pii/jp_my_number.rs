//! # What it finds
//! A Japanese individual number after its name.
//!
//! # Why it matters
//! It identifies one person for life and opens accounts in that person's name.
//!
//! # Example
//! `マイナンバー 1234 5678 9018`
//!
//! # Limits and sources
//! Weights 6 to 2 and 7 to 2, modulus 11.

use super::{checksum, context};
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI075",
    name: "jp-my-number",
    family: Family::Pii,
    category: "pii.jp-my-number",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"(?:(?i:my ?number)|マイナンバー|個人番号)(?:は|が|：|[^0-9A-Za-z;!?]){0,6}(?:[A-Za-z]{1,8}[ :]{1,2})?\d{4}[ -]?\d{4}[ -]?\d{4}\b",
        anchor: Anchor::Literals(&["my number", "mynumber", "マイナンバー", "個人番号"]),
        longest: context::LONGEST,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    context::checked(candidate, is_valid)
}

/// Weights, modulus 11.
fn is_valid(digits: &[u8]) -> bool {
    let rest = checksum::weighted(digits, &[6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
    u32::from(digits[11]) == if rest < 2 { 0 } else { 11 - rest }
}
