//! # What it finds
//! A service account token or secret key of 1Password.
//!
//! # Why it matters
//! It reads vaults: one secret that holds all others.
//!
//! # Example
//! `ops_eyJ…`, `A3-…`
//!
//! # Limits and sources
//! Service account tokens have up to 1,200 characters.

use super::entropy;
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE092",
    name: "onepassword-secret",
    family: Family::Secret,
    category: "secret.onepassword",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\b(?:ops_eyJ[A-Za-z0-9+/_-]{200,1200}={0,3}|A3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})-[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{5})",
        anchor: Anchor::Literals(&["ops_eyJ", "A3-"]),
        longest: 1_210,
        verify: entropy::tail::<29>,
    }),
};
