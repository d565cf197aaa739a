//! # What it finds
//! An API key of Resend.
//!
//! # Why it matters
//! It sends mail that passes as the owner's.
//!
//! # Example
//! `re_`, 8 characters, `_`, 24 characters
//!
//! # Limits and sources
//! The prefix is short; both exact lengths carry the rule.

use super::entropy;
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE047",
    name: "resend-key",
    family: Family::Secret,
    category: "secret.resend",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\bre_[A-Za-z0-9]{8}_[A-Za-z0-9]{24}\b",
        anchor: Anchor::Literals(&[r"\bre_"]),
        longest: 36,
        verify: entropy::tail::<24>,
    }),
};
