//! # What it finds
//! A Mexican personal tax code after its name.
//!
//! # Why it matters
//! It identifies one person for life and opens accounts in that person's name.
//!
//! # Example
//! `RFC GODE561231GR8`
//!
//! # Limits and sources
//! The date must exist; the homoclave is not checked.

use super::context::{self, after};
use super::{checksum, date};
use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI062",
    name: "mx-rfc",
    family: Family::Pii,
    category: "pii.mx-rfc",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: after!(r"\brfc|_rfc|federal de contribuyentes", r"[A-Z]{4}\d{6}[A-Z0-9]{3}"),
        anchor: Anchor::Literals(&["rfc", "federal de contribuyentes"]),
        longest: context::LONGEST,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let value = context::token(candidate);
    if !date::is_yymmdd(&checksum::digits(value.get(4..10)?)) {
        return None;
    }
    context::ending(candidate, value, 0.85, Evidence::Context)
}
