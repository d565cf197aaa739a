//! # What it finds
//! A Swedish personal number: a date and four digits, with the hyphen or after a word that says so.
//!
//! # Why it matters
//! It identifies one person for life and opens accounts in that person's name.
//!
//! # Example
//! `811218-9876`
//!
//! # Limits and sources
//! Luhn over ten digits, and a day that exists; coordination numbers add 60 to the day.

use super::{checksum, context, date};
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI041",
    name: "se-personnummer",
    family: Family::Pii,
    category: "pii.se-personnummer",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\b(?:19|20)?\d{6}[-+]?\d{4}\b",
        anchor: Anchor::Digits(6),
        longest: 13,
        verify,
    }),
};

const WORDS: &[&str] = &["personnummer", "person number", "pnr", "personnr", "samordningsnummer"];

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let hit = context::shaped(candidate, is_valid)?;
    if candidate.follows_any(WORDS) {
        return Some(hit);
    }
    candidate.matched().contains(['-', '+']).then_some(Hit { score: 0.85, ..hit })
}

/// Luhn and a date, both over the last ten digits.
fn is_valid(digits: &[u8]) -> bool {
    let ten = &digits[digits.len() - 10..];
    let day = date::two(&ten[4..]);
    date::exists(date::two(ten), date::two(&ten[2..]), if day > 60 { day - 60 } else { day }) && checksum::luhn(ten)
}
