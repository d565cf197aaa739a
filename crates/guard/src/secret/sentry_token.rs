//! # What it finds
//! A user or organization token of Sentry.
//!
//! # Why it matters
//! It reads the errors of every project, with the data that caused them.
//!
//! # Example
//! `sntrys_eyJ…`, `sntryu_` and 64 hexadecimal digits
//!
//! # Limits and sources
//! The address that reports go to (DSN) is public by design and clean.

use super::entropy;
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE077",
    name: "sentry-token",
    family: Family::Secret,
    category: "secret.sentry",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\b(?:sntryu_[0-9a-f]{64}\b|sntrys_eyJ[A-Za-z0-9+/=_-]{60,400})",
        anchor: Anchor::Literals(&["sntryu_", "sntrys_"]),
        longest: 410,
        verify: entropy::tail::<40>,
    }),
};
