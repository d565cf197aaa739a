//! # What it finds
//! A German pension insurance number after a word that says so.
//!
//! # Why it matters
//! It holds the date of birth and the initial, and names one person for life.
//!
//! # Example
//! `Rentenversicherungsnummer 15 070649 C 103`
//!
//! # Limits and sources
//! Check digit of the Deutsche Rentenversicherung: weights 2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1 and sums of digits.

use super::checksum;
use super::context::{self, after};
use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI031",
    name: "de-pension",
    family: Family::Pii,
    category: "pii.de-pension",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: after!(
            r"rentenversicherung|sozialversicherung|versicherungsnummer|rvnr|sv-nummer",
            r"\d{2} ?\d{6} ?[A-Z] ?\d{3}"
        ),
        anchor: Anchor::Literals(&[
            "rentenversicherung",
            "sozialversicherung",
            "versicherungsnummer",
            "rvnr",
            "sv-nummer",
        ]),
        longest: context::LONGEST,
        verify,
    }),
};

const WEIGHTS: [u32; 12] = [2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1];

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let value = context::value(candidate);
    let mut digits: Vec<u8> = Vec::new();
    for value in checksum::alphanumerics(value) {
        match value {
            0..=9 => digits.push(value),
            letter => digits.extend([(letter - 9) / 10, (letter - 9) % 10]),
        }
    }
    let (check, rest) = digits.split_last()?;
    let worth = |(digit, weight): (&u8, u32)| {
        let product = u32::from(*digit) * weight;
        product / 10 + product % 10
    };
    let sum: u32 = rest.iter().zip(WEIGHTS).map(worth).sum();
    if sum % 10 != u32::from(*check) {
        return None;
    }
    context::ending(candidate, value, context::CERTAIN, Evidence::Checksum)
}
