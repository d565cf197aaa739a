//! # What it finds
//! An access token of Sourcegraph.
//!
//! # Why it matters
//! It reads all code that its owner can search.
//!
//! # Example
//! `sgp_` and 40 hexadecimal digits
//!
//! # Limits and sources
//! With or without the id of the instance.

use super::entropy;
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE033",
    name: "sourcegraph-token",
    family: Family::Secret,
    category: "secret.sourcegraph",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\bsgp_(?:(?:[0-9a-f]{16}|local)_)?[0-9a-f]{40}\b",
        anchor: Anchor::Literals(&["sgp_"]),
        longest: 61,
        verify: entropy::tail::<40>,
    }),
};
