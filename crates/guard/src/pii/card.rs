//! # What it finds
//! The number of a payment card.
//!
//! # Why it matters
//! With it and the date others can pay.
//!
//! # Example
//! `4111 1111 1111 1111`
//!
//! # Limits and sources
//! Luhn, and the issuers' ranges and lengths (ISO/IEC 7812). Test numbers of the schemes are found as well. Without
//! groups or a word in front only the usual length of a range counts; behind a word that says so, every range and 12 to 19
//! digits.

use super::{checksum, context};
use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI006",
    name: "card",
    family: Family::Pii,
    category: "pii.card",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\b(?:\d{4}[ -]\d{4}[ -]\d{4}[ -]\d{4}(?:[ -]\d{3})?|\d{4}[ -]\d{6}[ -]\d{4,5}|\d{12,19})\b",
        anchor: Anchor::Digits(12),
        longest: 23,
        verify,
    }),
};

const WORDS: &[&str] = &[
    "card",
    "visa",
    "mastercard",
    "amex",
    "american express",
    "credit",
    "debit",
    "karte",
    "carte",
    "tarjeta",
    "maestro",
    "cc",
    "pan",
];

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let found = candidate.matched();
    let digits = checksum::digits(found);
    if is_sound(&digits) && context::is_even(found) && context::stands_alone(candidate) {
        let is_named = candidate.follows_any(WORDS);
        let is_sure = is_named || !found.bytes().all(|byte| byte.is_ascii_digit());
        let score = if is_sure { 0.98 } else { context::CERTAIN };
        let is_card = is_named || is_issued(&digits, is_sure);
        return is_card.then(|| Hit::new(score, Evidence::Checksum));
    }
    // Three digits after sixteen are more often a security code than a part of the number.
    let shorter = found.get(..19).filter(|_| found.len() == 23 && context::stands_alone(candidate))?;
    is_card(&checksum::digits(shorter)).then_some(Hit { trim: (0, 4), ..Hit::new(0.98, Evidence::Checksum) })
}

fn is_card(digits: &[u8]) -> bool {
    is_issued(digits, true) && is_sound(digits)
}

fn is_sound(digits: &[u8]) -> bool {
    checksum::luhn(digits) && !checksum::is_uniform(digits)
}

/// Ranges and lengths of the issuers; the unusual ones need groups or a word.
fn is_issued(digits: &[u8], is_sure: bool) -> bool {
    let length = digits.len();
    match checksum::number(&digits[..4]) {
        4_000..=4_999 => length == 16 || (is_sure && matches!(length, 13 | 19)),
        5_100..=5_599 | 2_221..=2_720 => length == 16,
        3_400..=3_499 | 3_700..=3_799 => length == 15,
        3_000..=3_059 | 3_095 | 3_600..=3_699 | 3_800..=3_999 => length == 14 || (is_sure && length == 16),
        3_528..=3_589 | 6_011 | 6_440..=6_599 => length == 16 || (is_sure && length > 16),
        2_200..=2_204 | 5_000..=5_099 | 5_600..=6_010 | 6_012..=6_439 | 6_600..=6_999 | 8_100..=8_299 | 9_792 => {
            is_sure && (length == 16 || (length > 16 && digits[0] == 6))
        }
        _ => false,
    }
}
