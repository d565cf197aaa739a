//! # What it finds
//! An API key of Groq.
//!
//! # Why it matters
//! It spends its owner's credit.
//!
//! # Example
//! `gsk_` and 52 characters
//!
//! # Limits and sources
//! The exact length carries the rule.

use super::entropy;
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE062",
    name: "groq-key",
    family: Family::Secret,
    category: "secret.groq",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\bgsk_[A-Za-z0-9]{52}\b",
        anchor: Anchor::Literals(&["gsk_"]),
        longest: 56,
        verify: entropy::tail::<52>,
    }),
};
