//! # What it finds
//! An API key of Fireworks AI.
//!
//! # Why it matters
//! It spends its owner's credit.
//!
//! # Example
//! `fw_` and 22 to 24 characters
//!
//! # Limits and sources
//! The prefix is short; exact length and entropy carry the rule.

use super::entropy;
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE068",
    name: "fireworks-key",
    family: Family::Secret,
    category: "secret.fireworks",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\bfw_[A-Za-z0-9]{22,24}\b",
        anchor: Anchor::Literals(&["fw_"]),
        longest: 27,
        verify: entropy::tail::<22>,
    }),
};
