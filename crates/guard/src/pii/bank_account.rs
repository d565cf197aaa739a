//! # What it finds
//! A bank account number after words that say so.
//!
//! # Why it matters
//! Account numbers let others draw money, or claim to be the holder.
//!
//! # Example
//! `bank account no. 12345678`
//!
//! # Limits and sources
//! No check digit can be relied on. Numbers with less than six digits are clean.

use super::checksum;
use super::context::{self, after};
use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI016",
    name: "bank-account",
    family: Family::Pii,
    category: "pii.bank-account",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: after!(
            r"account number|account no|acct|bank account|kontonummer|numéro de compte|número de cuenta|numero di conto|rekeningnummer",
            r"\d[\d -]{4,18}\d"
        ),
        anchor: Anchor::Literals(&[
            "account number",
            "account no",
            "acct",
            "bank account",
            "kontonummer",
            "numéro de compte",
            "número de cuenta",
            "numero di conto",
            "rekeningnummer",
        ]),
        longest: context::LONGEST,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let value = context::value(candidate);
    let digits = checksum::digits(value);
    if !(6..=17).contains(&digits.len()) || checksum::is_uniform(&digits) || !context::is_even(value) {
        return None;
    }
    context::ending(candidate, value, context::LIKELY, Evidence::Context)
}
