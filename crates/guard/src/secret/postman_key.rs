//! # What it finds
//! An API key of Postman.
//!
//! # Why it matters
//! It reads collections and the secrets stored in environments.
//!
//! # Example
//! `PMAK-`, 24 and 34 hexadecimal digits
//!
//! # Limits and sources
//! Collection access keys (`PMAT-`) are covered too.

use super::entropy;
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE034",
    name: "postman-key",
    family: Family::Secret,
    category: "secret.postman",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\b(?:PMAK-[0-9a-f]{24}-[0-9a-f]{34}|PMAT-[0-9A-Z]{26})\b",
        anchor: Anchor::Literals(&["PMAK-", "PMAT-"]),
        longest: 64,
        verify: entropy::tail::<26>,
    }),
};
