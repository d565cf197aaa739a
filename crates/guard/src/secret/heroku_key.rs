//! # What it finds
//! An API key of Heroku.
//!
//! # Why it matters
//! It reads the configuration of every application, which holds their secrets in turn.
//!
//! # Example
//! `HRKU-` and 60 characters, or a UUID
//!
//! # Limits and sources
//! Keys made before 2024 are bare UUIDs; they are found only with a keyword, by the generic rule.

use super::entropy;
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE019",
    name: "heroku-key",
    family: Family::Secret,
    category: "secret.heroku",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\bHRKU-[A-Za-z0-9_-]{36,64}",
        anchor: Anchor::Literals(&["HRKU-"]),
        longest: 69,
        verify: entropy::tail::<36>,
    }),
};
