//! # What it finds
//! A personal access token of Asana.
//!
//! # Why it matters
//! It reads the tasks of every project that its owner sees.
//!
//! # Example
//! `2/…/…:` and 32 hexadecimal digits
//!
//! # Limits and sources
//! Tokens of the first version have one number, those of the second two.

use super::entropy;
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE084",
    name: "asana-token",
    family: Family::Secret,
    category: "secret.asana",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\b[12]/[0-9]{13,18}(?:/[0-9]{13,18})?:[0-9a-f]{32}\b",
        anchor: Anchor::Literals(&[r"\b1/", r"\b2/"]),
        longest: 72,
        verify: entropy::tail::<32>,
    }),
};
