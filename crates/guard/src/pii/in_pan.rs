//! # What it finds
//! An Indian permanent account number after its name.
//!
//! # Why it matters
//! It identifies one person for life and opens accounts in that person's name.
//!
//! # Example
//! `PAN ABCPE1234F`
//!
//! # Limits and sources
//! The fourth letter says what the holder is, P for a person; how the last letter is made is not published.

use super::context::{self, after};
use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI067",
    name: "in-pan",
    family: Family::Pii,
    category: "pii.in-pan",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: after!(r"(?:\b|_)pan[ :=#_\x22]|permanent account", r"[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z]"),
        anchor: Anchor::Literals(&["pan ", "pan:", "pan=", "pan#", "pan_", "pan\"", "permanent account"]),
        longest: context::LONGEST,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let value = context::token(candidate);
    context::ending(candidate, value, 0.85, Evidence::Context)
}
