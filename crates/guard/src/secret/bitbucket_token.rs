//! # What it finds
//! An app password or access token of Bitbucket.
//!
//! # Why it matters
//! It reads and writes repositories.
//!
//! # Example
//! `ATBB` and 32 characters, `ATCTT3` and about 180
//!
//! # Limits and sources
//! API tokens of Atlassian accounts have a rule of their own.

use super::entropy;
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE026",
    name: "bitbucket-token",
    family: Family::Secret,
    category: "secret.bitbucket",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\b(?:ATBB[A-Za-z0-9]{32}|ATCTT3xFfG[A-Za-z0-9+/=_-]{150,250})",
        anchor: Anchor::Literals(&["ATBB", "ATCTT3"]),
        longest: 260,
        verify: entropy::tail::<32>,
    }),
};
