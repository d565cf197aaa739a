//! # What it finds
//! An API token of Fastly, behind its name.
//!
//! # Why it matters
//! It purges and rewrites what a site serves.
//!
//! # Example
//! `FASTLY_API_TOKEN=…`, 32 characters
//!
//! # Limits and sources
//! Without its name it has no shape.

use super::context::{self, keyed};
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE018",
    name: "fastly-token",
    family: Family::Secret,
    category: "secret.fastly",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: keyed!("fastly[_ -]?(?:api[_ -]?)?(?:token|key)", "[A-Za-z0-9_-]{32}"),
        anchor: Anchor::Literals(&["fastly"]),
        longest: 59,
        verify: context::random_value,
    }),
};
