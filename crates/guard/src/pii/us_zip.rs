//! # What it finds
//! A United States ZIP+4 code after a word that says so.
//!
//! # Why it matters
//! The four digits narrow a household down to one side of a street.
//!
//! # Example
//! `ZIP code 90210-1234`
//!
//! # Limits and sources
//! Five digits alone say too little and are clean.

use super::context::{self, after};
use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI019",
    name: "us-zip",
    family: Family::Pii,
    category: "pii.address",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: after!(r"zip code|zipcode|postal code|\bzip|_zip", r"\d{5}-\d{4}"),
        anchor: Anchor::Literals(&["zip code", "zipcode", "postal code", "zip"]),
        longest: context::LONGEST,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let value = context::value(candidate);
    context::ending(candidate, value, 0.75, Evidence::Context)
}
