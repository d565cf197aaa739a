//! # What it finds
//! An API token of an Atlassian account.
//!
//! # Why it matters
//! It reads and writes Jira and Confluence as its owner.
//!
//! # Example
//! `ATATT3…=` and eight hexadecimal digits
//!
//! # Limits and sources
//! The digits at the end are a checksum whose input is not published; judged by entropy.

use super::entropy;
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE080",
    name: "atlassian-token",
    family: Family::Secret,
    category: "secret.atlassian",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\bATATT3[A-Za-z0-9_=-]{100,250}",
        anchor: Anchor::Literals(&["ATATT3"]),
        longest: 256,
        verify: entropy::tail::<60>,
    }),
};
