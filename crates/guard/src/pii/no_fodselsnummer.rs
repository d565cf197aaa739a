//! # What it finds
//! A Norwegian birth number.
//!
//! # Why it matters
//! It identifies one person for life and opens accounts in that person's name.
//!
//! # Example
//! `01019010046`
//!
//! # Limits and sources
//! Two check digits modulus 11 and a day that exists; D numbers add 40 to the day.

use super::{checksum, context, date};
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI043",
    name: "no-fodselsnummer",
    family: Family::Pii,
    category: "pii.no-fodselsnummer",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact { pattern: r"\b\d{6} ?\d{5}\b", anchor: Anchor::Digits(11), longest: 12, verify }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    context::shaped(candidate, is_valid)
}

/// A date and both check digits.
fn is_valid(digits: &[u8]) -> bool {
    let day = date::two(digits);
    let is_date = date::exists(date::two(&digits[4..]), date::two(&digits[2..]), if day > 40 { day - 40 } else { day });
    is_date
        && checksum::weighted(digits, &[3, 7, 6, 1, 8, 9, 4, 5, 2, 1]).is_multiple_of(11)
        && checksum::weighted(digits, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1]).is_multiple_of(11)
}
