//! # What it finds
//! A token of a Notion integration.
//!
//! # Why it matters
//! It reads every page that was shared with it.
//!
//! # Example
//! `ntn_` and 46 characters, `secret_` and 43
//!
//! # Limits and sources
//! The older prefix is a common word; its exact length and entropy carry it.

use super::entropy;
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE082",
    name: "notion-token",
    family: Family::Secret,
    category: "secret.notion",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\b(?:ntn_[A-Za-z0-9]{40,50}|secret_[A-Za-z0-9]{43})\b",
        anchor: Anchor::Literals(&["ntn_", "secret_"]),
        longest: 54,
        verify: entropy::tail::<40>,
    }),
};
