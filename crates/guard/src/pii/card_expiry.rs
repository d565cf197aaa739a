//! # What it finds
//! The expiry date of a payment card after words that say so.
//!
//! # Why it matters
//! Number and date together are enough for many shops.
//!
//! # Example
//! `valid thru 09/27`
//!
//! # Limits and sources
//! Needs a card word in front or the words that are printed on cards; other dates of expiry are clean.

use super::context::{self, after};
use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI008",
    name: "card-expiry",
    family: Family::Pii,
    category: "pii.card-expiry",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: after!(
            r"expiry|expires|exp date|exp:|exp |expiration|valid thru|gültig bis|valable jusqu",
            r"(?:0[1-9]|1[0-2]) ?[/-] ?(?:20)?[2-4]\d"
        ),
        anchor: Anchor::Literals(&[
            "expiry",
            "expires",
            "exp date",
            "exp:",
            "exp ",
            "expiration",
            "valid thru",
            "gültig bis",
            "valable jusqu",
        ]),
        longest: context::LONGEST,
        verify,
    }),
};

/// What is printed on cards, or names them.
const WORDS: &[&str] =
    &["card", "visa", "mastercard", "amex", "karte", "carte", "tarjeta", "cvv", "cvc", "valid thru", "credit", "4111"];

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let value = context::value(candidate);
    let is_printed = candidate.matched().to_ascii_lowercase().starts_with("valid thru");
    if !is_printed && !candidate.follows_any(WORDS) {
        return None;
    }
    context::ending(candidate, value, 0.75, Evidence::Context)
}
