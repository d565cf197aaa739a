//! # What it finds
//! A personal access token of Figma.
//!
//! # Why it matters
//! It reads designs that are not out yet.
//!
//! # Example
//! `figd_` and 40 characters
//!
//! # Limits and sources
//! OAuth tokens (`figu_`, `figo_`) are covered too.

use super::entropy;
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE085",
    name: "figma-token",
    family: Family::Secret,
    category: "secret.figma",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\bfig[dou]_[A-Za-z0-9_-]{40,50}",
        anchor: Anchor::Literals(&["figd_", "figo_", "figu_"]),
        longest: 55,
        verify: entropy::tail::<40>,
    }),
};
