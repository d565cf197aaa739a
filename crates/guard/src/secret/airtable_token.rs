//! # What it finds
//! A personal access token of Airtable.
//!
//! # Why it matters
//! It reads and writes the bases of its owner.
//!
//! # Example
//! `pat`, 14 characters, `.`, 64 hexadecimal digits
//!
//! # Limits and sources
//! Old keys (`key` and 14 characters) were switched off in 2024.

use super::entropy;
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE083",
    name: "airtable-token",
    family: Family::Secret,
    category: "secret.airtable",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\bpat[A-Za-z0-9]{14}\.[0-9a-f]{64}\b",
        anchor: Anchor::Literals(&[r"\bpat"]),
        longest: 82,
        verify: entropy::tail::<64>,
    }),
};
