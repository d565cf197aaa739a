//! # What it finds
//! The security code of a payment card after a word that says so.
//!
//! # Why it matters
//! It is what a thief lacks when a number leaked.
//!
//! # Example
//! `CVV 123`
//!
//! # Limits and sources
//! Three or four digits; the word alone decides.

use super::context::{self, after};
use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI007",
    name: "card-code",
    family: Family::Pii,
    category: "pii.card-code",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: after!(r"cvv|cvc|cvn |security code|card code|prüfziffer|kartenprüfnummer|cryptogramme", r"\d{3,4}"),
        anchor: Anchor::Literals(&[
            "cvv",
            "cvc",
            "cvn ",
            "security code",
            "card code",
            "prüfziffer",
            "kartenprüfnummer",
            "cryptogramme",
        ]),
        longest: context::LONGEST,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let value = context::value(candidate);
    context::ending(candidate, value, context::LIKELY, Evidence::Context)
}
