//! # What it finds
//! A short-lived access token of Dropbox.
//!
//! # Why it matters
//! It reads and writes files until it expires.
//!
//! # Example
//! `sl.` and more than 130 characters
//!
//! # Limits and sources
//! Refresh tokens have no prefix. Up to 1,400 characters.

use super::entropy;
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE086",
    name: "dropbox-token",
    family: Family::Secret,
    category: "secret.dropbox",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\bsl\.(?:u\.)?[A-Za-z0-9_-]{130,1400}",
        anchor: Anchor::Literals(&["sl."]),
        longest: 1_405,
        verify: entropy::tail::<100>,
    }),
};
