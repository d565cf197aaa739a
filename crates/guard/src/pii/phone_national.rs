//! # What it finds
//! A telephone number in the grouping of its country: United States and Canada, United Kingdom, France, Germany.
//!
//! # Why it matters
//! It reaches a person, and resets passwords.
//!
//! # Example
//! `(415) 555-2671`
//!
//! # Limits and sources
//! The numbering plans of libphonenumber decide. Other countries need the country code or a word in front. With such a word,
//! an area code in parentheses, an extension, or as 3-3-4 digits whose area begins with 2 to 9, ten digits are found that the
//! plan of the United States does not have, at a lower score.

use super::{checksum, context, phone};
use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI004",
    name: "phone-national",
    family: Family::Pii,
    category: "pii.phone",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"(?:\(\d{3}\)[- ]?\d{3}[-. ]\d{4}|\b(?:\d{3}-\d{3}-\d{4}|\d{3}\.\d{3}\.\d{4}|0\d(?:[ .]\d{2}){4}|0\d{2} \d{4} \d{4}|0\d{3} \d{3} \d{4}|0\d{4} \d{6}|0\d{2,4}/\d{6,8}|\(0\d{2,4}\) ?\d{4,8}))(?: ?(?i:x|ext\.? ?)\d{1,6})?\b",
        anchor: Anchor::Digits(4),
        longest: 28,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let found = candidate.matched();
    let is_row = candidate.before().trim_end_matches(' ').ends_with(|last: char| last.is_ascii_digit());
    if is_row || !context::stands_alone(candidate) {
        return None;
    }
    // Without an extension.
    let number = found.split(['x', 'X', 'e', 'E']).next().unwrap_or(found).trim_end();
    let digits = checksum::digits(number);
    let country = match (digits.first()?, number.contains([' ', '.'])) {
        (1..=9, _) => phone::Country::US,
        (_, _) if number.contains(['/', '(']) => phone::Country::DE,
        _ if is_paired(number) => phone::Country::FR,
        _ => phone::Country::GB,
    };
    if phone::is_valid(Some(country), number) {
        return Some(Hit::new(0.85, Evidence::Checksum));
    }
    let is_grouped = digits.len() == 10 && number.len() > 10 && !is_paired(number) && !checksum::is_uniform(&digits);
    let has_extension = number.len() < found.len();
    let has_area = digits[0] > 1 && number.len() == 12 && digits.len() == 10;
    let is_written_as_one = number.starts_with('(') || has_extension || has_area || candidate.follows_any(phone::WORDS);
    (is_grouped && is_written_as_one).then(|| Hit::new(phone::UNPLANNED, Evidence::Context))
}

/// `06 12 34 56 78`
fn is_paired(found: &str) -> bool {
    found.split([' ', '.']).all(|part| part.len() == 2)
}
