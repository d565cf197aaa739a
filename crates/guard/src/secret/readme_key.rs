//! # What it finds
//! An API key of ReadMe.
//!
//! # Why it matters
//! It changes documentation that developers paste commands from.
//!
//! # Example
//! `rdme_` and 70 characters
//!
//! # Limits and sources
//! The exact length carries the rule.

use super::entropy;
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE088",
    name: "readme-key",
    family: Family::Secret,
    category: "secret.readme",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\brdme_[a-z0-9]{70}\b",
        anchor: Anchor::Literals(&["rdme_"]),
        longest: 75,
        verify: entropy::tail::<70>,
    }),
};
