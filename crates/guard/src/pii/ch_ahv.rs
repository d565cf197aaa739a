//! # What it finds
//! A Swiss social insurance number (AHV).
//!
//! # Why it matters
//! It identifies one person for life and opens accounts in that person's name.
//!
//! # Example
//! `756.9217.0769.85`
//!
//! # Limits and sources
//! The check digit of EAN-13.

use super::{checksum, context};
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI045",
    name: "ch-ahv",
    family: Family::Pii,
    category: "pii.ch-ahv",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\b756[. ]?\d{4}[. ]?\d{4}[. ]?\d{2}\b",
        anchor: Anchor::Literals(&["756"]),
        longest: 16,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    context::shaped(candidate, checksum::ean13)
}
