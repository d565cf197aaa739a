//! # What it finds
//! A telephone number with its country code.
//!
//! # Why it matters
//! It reaches a person, and resets passwords.
//!
//! # Example
//! `+44 20 7946 0958`
//!
//! # Limits and sources
//! The numbering plans of libphonenumber decide. Numbers that begin with 00 need separators or a word in front. What the plan
//! does not have is found, at a lower score, behind a word, in three groups or more, or with `(0)` in it.

use super::{context, phone};
use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI003",
    name: "phone-international",
    family: Family::Pii,
    category: "pii.phone",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"(?:\+|\b00 ?)[1-9](?:[ ./()-]{0,2}\d){6,14}(?: ?(?i:x|ext\.? ?)\d{1,6})?\b",
        anchor: Anchor::Literals(&["+", r"\b00"]),
        longest: 58,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let found = candidate.matched();
    let is_joined =
        candidate.before().chars().next_back().is_some_and(|last| last.is_alphanumeric() || "_+-/.".contains(last));
    if is_joined || matches!(candidate.next(), Some('-' | '_' | '=' | '%')) {
        return None;
    }
    let number = found.split(['x', 'X', 'e', 'E']).next().unwrap_or(found).trim_end();
    let has_word = candidate.follows_any(phone::WORDS);
    let number = match number.strip_prefix("00") {
        Some(rest) if number.contains([' ', '-', '/']) || has_word => format!("+{}", rest.trim()),
        Some(_) => return None,
        None => number.to_owned(),
    };
    if phone::is_valid(None, &number) {
        return Some(Hit::new(context::CERTAIN, Evidence::Checksum));
    }
    let is_grouped = number.starts_with('+') && groups(&number) >= 3;
    let is_written_as_one = has_word || is_grouped || number.contains("(0)");
    (is_written_as_one && phone::has_country(&number)).then(|| Hit::new(phone::UNPLANNED, Evidence::Context))
}

/// Runs of digits.
fn groups(number: &str) -> usize {
    number.split(|sign: char| !sign.is_ascii_digit()).filter(|group| !group.is_empty()).count()
}
