//! # What it finds
//! An API, administrator or OAuth key of Anthropic.
//!
//! # Why it matters
//! It is billed to its organization; an administrator key manages the organization's people and keys.
//!
//! # Example
//! `sk-ant-api03-…`
//!
//! # Limits and sources
//! Keys have 93 characters behind the prefix; shorter ones from 40 on are taken for keys that were cut.

use super::entropy;
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE056",
    name: "anthropic-key",
    family: Family::Secret,
    category: "secret.anthropic",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\bsk-ant-[a-z]{3,8}[0-9]{2}-[A-Za-z0-9_-]{40,120}",
        anchor: Anchor::Literals(&["sk-ant-"]),
        longest: 138,
        verify: entropy::tail::<40>,
    }),
};
