//! # What it finds
//! A German tax identification number after a word that says so.
//!
//! # Why it matters
//! It identifies one person for life and opens accounts in that person's name.
//!
//! # Example
//! `Steuer-ID 86 095 742 719`
//!
//! # Limits and sources
//! ISO 7064 MOD 11,10, and exactly one digit of the first ten occurs twice or three times.

use super::checksum;
use super::context::{self, after};
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI029",
    name: "de-tax-id",
    family: Family::Pii,
    category: "pii.de-tax-id",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: after!(
            r"steuer-id|steueridentifikation|steuerliche identifikation|steuer id|tax id|steuernummer|idnr|tin ",
            r"\d{2} ?\d{3} ?\d{3} ?\d{3}"
        ),
        anchor: Anchor::Literals(&[
            "steuer-id",
            "steueridentifikation",
            "steuerliche identifikation",
            "steuer id",
            "tax id",
            "steuernummer",
            "idnr",
            "tin ",
        ]),
        longest: context::LONGEST,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    context::checked(candidate, is_valid)
}

/// The check digit, and the rule about repeated digits.
fn is_valid(digits: &[u8]) -> bool {
    let Some(first) = digits.get(..10) else { return false };
    let mut counts = [0_u8; 10];
    first.iter().for_each(|digit| counts[usize::from(*digit % 10)] += 1);
    let repeated: Vec<u8> = counts.into_iter().filter(|count| *count > 1).collect();
    digits[0] != 0 && matches!(repeated[..], [2 | 3]) && checksum::mod11_10(digits)
}
