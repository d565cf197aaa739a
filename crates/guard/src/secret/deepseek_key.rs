//! # What it finds
//! An API key of DeepSeek.
//!
//! # Why it matters
//! It spends its owner's credit.
//!
//! # Example
//! `sk-` and 32 hexadecimal digits
//!
//! # Limits and sources
//! Several smaller providers use the same shape.

use super::entropy;
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE058",
    name: "deepseek-key",
    family: Family::Secret,
    category: "secret.deepseek",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\bsk-[0-9a-f]{32}\b",
        anchor: Anchor::Literals(&["sk-"]),
        longest: 35,
        verify: entropy::tail::<32>,
    }),
};
