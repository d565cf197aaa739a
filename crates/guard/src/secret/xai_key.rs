//! # What it finds
//! An API key of xAI.
//!
//! # Why it matters
//! It spends its owner's credit.
//!
//! # Example
//! `xai-` and 80 characters
//!
//! # Limits and sources
//! From 70 to 90 characters.

use super::entropy;
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE064",
    name: "xai-key",
    family: Family::Secret,
    category: "secret.xai",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\bxai-[A-Za-z0-9]{70,90}\b",
        anchor: Anchor::Literals(&["xai-"]),
        longest: 94,
        verify: entropy::tail::<70>,
    }),
};
