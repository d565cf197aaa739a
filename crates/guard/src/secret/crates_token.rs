//! # What it finds
//! An API token of crates.io.
//!
//! # Why it matters
//! It publishes crates.
//!
//! # Example
//! `cio` and 32 characters
//!
//! # Limits and sources
//! The prefix is short; entropy and the exact length carry the rule.

use super::entropy;
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE030",
    name: "crates-token",
    family: Family::Secret,
    category: "secret.crates",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\bcio[A-Za-z0-9]{32}\b",
        anchor: Anchor::Literals(&[r"\bcio"]),
        longest: 35,
        verify: entropy::tail::<32>,
    }),
};
