//! # What it finds
//! An API token of Replicate.
//!
//! # Why it matters
//! It runs models at its owner's expense.
//!
//! # Example
//! `r8_` and 37 characters
//!
//! # Limits and sources
//! The exact length carries the rule.

use super::entropy;
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE061",
    name: "replicate-token",
    family: Family::Secret,
    category: "secret.replicate",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\br8_[A-Za-z0-9]{37}\b",
        anchor: Anchor::Literals(&["r8_"]),
        longest: 40,
        verify: entropy::tail::<37>,
    }),
};
