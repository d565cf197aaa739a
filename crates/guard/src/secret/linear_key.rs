//! # What it finds
//! An API or OAuth key of Linear.
//!
//! # Why it matters
//! It reads what a company is planning.
//!
//! # Example
//! `lin_api_` and 40 characters
//!
//! # Limits and sources
//! Webhook secrets (`lin_wh_`) are covered too.

use super::entropy;
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE081",
    name: "linear-key",
    family: Family::Secret,
    category: "secret.linear",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\blin_(?:api|oauth|wh)_[A-Za-z0-9]{40,64}\b",
        anchor: Anchor::Literals(&["lin_api_", "lin_oauth_", "lin_wh_"]),
        longest: 74,
        verify: entropy::tail::<40>,
    }),
};
