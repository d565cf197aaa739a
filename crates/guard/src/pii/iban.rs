//! # What it finds
//! An international bank account number (IBAN).
//!
//! # Why it matters
//! Account numbers let others draw money, or claim to be the holder.
//!
//! # Example
//! `GB82 WEST 1234 5698 7654 32`
//!
//! # Limits and sources
//! ISO 13616: country, its length, MOD 97-10.

use super::{checksum, place};
use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI009",
    name: "iban",
    family: Family::Pii,
    category: "pii.iban",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"(?i)\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b",
        anchor: Anchor::LetteredDigits(2),
        longest: 43,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let found = candidate.matched();
    let length = place::iban_length(&found[..2].to_ascii_uppercase())?;
    let mut left = length;
    let end = found.bytes().position(|byte| {
        left -= usize::from(byte.is_ascii_alphanumeric());
        left == 0
    })? + 1;
    // What stands behind the last group may be the next word.
    if found.as_bytes().get(end).is_some_and(u8::is_ascii_alphanumeric) || is_inside(candidate) {
        return None;
    }
    let mut values = checksum::alphanumerics(&found[..end]);
    values.rotate_left(4);
    let trim = (0, found.len() - end);
    (checksum::mod97(values) == 1).then_some(Hit { trim, ..Hit::new(0.98, Evidence::Checksum) })
}

/// Says whether the match is a part of something longer.
fn is_inside(candidate: &Candidate<'_>) -> bool {
    candidate.before().ends_with(['-', '_', '/', '+', '=', '.']) && !candidate.before().ends_with("iban=")
        || matches!(candidate.next(), Some('-' | '_' | '+' | '='))
}
