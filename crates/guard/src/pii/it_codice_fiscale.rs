//! # What it finds
//! An Italian tax code.
//!
//! # Why it matters
//! It identifies one person for life and opens accounts in that person's name.
//!
//! # Example
//! `RSSMRA85T10A562S`
//!
//! # Limits and sources
//! The check character of the decree of 23 December 1976. Codes whose digits became letters (omocodia), and lower case,
//! are not found.

use super::checksum;
use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI035",
    name: "it-codice-fiscale",
    family: Family::Pii,
    category: "pii.it-codice-fiscale",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\b[A-Z]{6}\d{2}[ABCDEHLMPRST]\d{2}[A-Z]\d{3}[A-Z]\b",
        anchor: Anchor::LetteredDigits(2),
        longest: 16,
        verify,
    }),
};

/// What the characters on odd places are worth, 0 to 9 and A to Z; digits count like the first ten letters.
const ODD: [u32; 26] = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let values = checksum::alphanumerics(candidate.matched());
    let (check, rest) = values.split_last()?;
    let letter = |value: u8| u32::from(if value > 9 { value - 10 } else { value });
    let worth = |(at, value): (usize, &u8)| match at % 2 {
        0 => ODD[usize::try_from(letter(*value)).unwrap_or(0) % 26],
        _ => letter(*value),
    };
    let sum: u32 = rest.iter().enumerate().map(worth).sum();
    (sum % 26 == letter(*check)).then(|| Hit::new(0.98, Evidence::Checksum))
}
