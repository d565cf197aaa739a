//! # What it finds
//! An access token or application secret of Square.
//!
//! # Why it matters
//! It takes payments and reads customers.
//!
//! # Example
//! `sq0atp-`, `sq0csp-` or `EAAA`
//!
//! # Limits and sources
//! Application ids (`sq0idp-`) are public and clean.

use super::entropy;
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE049",
    name: "square-token",
    family: Family::Secret,
    category: "secret.square",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\b(?:sq0(?:atp|csp)-[A-Za-z0-9_-]{22,43}|EAAA[A-Za-z0-9_-]{60}\b)",
        anchor: Anchor::Literals(&["sq0atp-", "sq0csp-", "EAAA"]),
        longest: 64,
        verify: entropy::tail::<22>,
    }),
};
