//! # What it finds
//! A personal access token of Databricks.
//!
//! # Why it matters
//! It reads the tables of a workspace and runs code beside them.
//!
//! # Example
//! `dapi` and 32 hexadecimal digits
//!
//! # Limits and sources
//! A number of one digit may follow.

use super::entropy;
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE072",
    name: "databricks-token",
    family: Family::Secret,
    category: "secret.databricks",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\b(?:dapi|dkea|dose)[0-9a-f]{32}(?:-[0-9])?\b",
        anchor: Anchor::Literals(&["dapi", "dkea", "dose"]),
        longest: 38,
        verify: entropy::tail::<32>,
    }),
};
