//! # What it finds
//! A Belgian national register number, as it is printed or after a word that says so.
//!
//! # Why it matters
//! It identifies one person for life and opens accounts in that person's name.
//!
//! # Example
//! `85.07.30-033.28`
//!
//! # Limits and sources
//! The last two digits are 97 minus the rest modulo 97, with a 2 in front for people born since 2000.

use super::{checksum, context, date};
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI038",
    name: "be-national-number",
    family: Family::Pii,
    category: "pii.be-national-number",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\b\d{2}[. ]?\d{2}[. ]?\d{2}[- ]?\d{3}[. ]?\d{2}\b",
        anchor: Anchor::Digits(11),
        longest: 15,
        verify,
    }),
};

const WORDS: &[&str] = &["rijksregister", "registre national", "nationaal nummer", "national number", "niss", "insz"];

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let is_shaped = candidate.matched().contains('.') && candidate.matched().contains('-');
    if !is_shaped && !candidate.follows_any(WORDS) {
        return None;
    }
    context::shaped(candidate, is_valid)
}

/// A date (foreigners without one have zeros or a shifted month) and the two check digits.
fn is_valid(digits: &[u8]) -> bool {
    let number = checksum::number(&digits[..9]);
    let check = checksum::number(&digits[9..]);
    let month = date::two(&digits[2..]) % 20;
    month <= 12
        && date::two(&digits[4..]) <= 31
        && (97 - number % 97 == check || 97 - (2_000_000_000 + number) % 97 == check)
}
