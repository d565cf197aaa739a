//! # What it finds
//! A bank identifier code (BIC, SWIFT) after a word that says so.
//!
//! # Why it matters
//! Next to an account number it completes a transfer abroad.
//!
//! # Example
//! `BIC MARKDEFF`
//!
//! # Limits and sources
//! ISO 9362 shape and a country that exists.

use super::context::{self, after};
use super::place;
use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI010",
    name: "bic",
    family: Family::Pii,
    category: "pii.bic",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: after!(
            r"\bbic|_bic|swift code|swift-code|swift/bic|swift:|bic/swift|bic-code",
            r"[A-Z]{6}[A-Z2-9][A-NP-Z0-9](?:[A-Z0-9]{3})?"
        ),
        anchor: Anchor::Literals(&["bic", "swift code", "swift-code", "swift/bic", "swift:", "bic/swift", "bic-code"]),
        longest: context::LONGEST,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let value = context::token(candidate);
    if !place::is_country(value.get(4..6)?) {
        return None;
    }
    context::ending(candidate, value, 0.75, Evidence::Context)
}
