//! # What it finds
//! An API key of Together AI.
//!
//! # Why it matters
//! It spends its owner's credit.
//!
//! # Example
//! `tgp_v1_` and 43 characters
//!
//! # Limits and sources
//! Older keys, 64 hexadecimal digits, are found only by the generic rule.

use super::entropy;
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE067",
    name: "together-key",
    family: Family::Secret,
    category: "secret.together",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\btgp_v1_[A-Za-z0-9_-]{43}",
        anchor: Anchor::Literals(&["tgp_v1_"]),
        longest: 50,
        verify: entropy::tail::<43>,
    }),
};
