//! # What it finds
//! An API key of Yandex Cloud.
//!
//! # Why it matters
//! It acts for a service account, with models and speech billed to its owner.
//!
//! # Example
//! `AQVN` and 36 characters
//!
//! # Limits and sources
//! Temporary tokens (`t1.`) are not covered.

use super::entropy;
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE012",
    name: "yandex-key",
    family: Family::Secret,
    category: "secret.yandex",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\bAQVN[A-Za-z0-9_-]{34,38}",
        anchor: Anchor::Literals(&["AQVN"]),
        longest: 42,
        verify: entropy::tail::<34>,
    }),
};
