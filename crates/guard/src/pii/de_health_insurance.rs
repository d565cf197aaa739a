//! # What it finds
//! The number of a German health insurance card after a word that says so.
//!
//! # Why it matters
//! It is the key to a health record and stays the same for life.
//!
//! # Example
//! `Versichertennummer A123456780`
//!
//! # Limits and sources
//! Luhn-like check over the letter as two digits and the eight that follow.

use super::checksum;
use super::context::{self, after};
use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI032",
    name: "de-health-insurance",
    family: Family::Pii,
    category: "pii.de-health-insurance",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: after!(r"krankenversicher|versichertennummer|versicherten-nr|kvnr|krankenkasse", r"[A-Z]\d{9}"),
        anchor: Anchor::Literals(&[
            "krankenversicher",
            "versichertennummer",
            "versicherten-nr",
            "kvnr",
            "krankenkasse",
        ]),
        longest: context::LONGEST,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let value = context::token(candidate);
    let mut values = checksum::alphanumerics(value).into_iter();
    let letter = values.next()?.checked_sub(9)?;
    let mut digits = vec![letter / 10, letter % 10];
    digits.extend(values);
    let (check, rest) = digits.split_last()?;
    let worth = |(digit, weight): (&u8, u32)| {
        let product = u32::from(*digit) * weight;
        product / 10 + product % 10
    };
    let sum: u32 = rest.iter().zip([1, 2].into_iter().cycle()).map(worth).sum();
    if sum % 10 != u32::from(*check) {
        return None;
    }
    context::ending(candidate, value, context::CERTAIN, Evidence::Checksum)
}
