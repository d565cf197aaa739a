//! # What it finds
//! An API key of OpenRouter.
//!
//! # Why it matters
//! It spends its owner's credit on any model.
//!
//! # Example
//! `sk-or-v1-` and 64 hexadecimal digits
//!
//! # Limits and sources
//! Version 1 is the only one so far.

use super::entropy;
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE057",
    name: "openrouter-key",
    family: Family::Secret,
    category: "secret.openrouter",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\bsk-or-v1-[0-9a-f]{64}\b",
        anchor: Anchor::Literals(&["sk-or-v1-"]),
        longest: 73,
        verify: entropy::tail::<64>,
    }),
};
