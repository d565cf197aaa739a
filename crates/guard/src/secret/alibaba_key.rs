//! # What it finds
//! An access key id of Alibaba Cloud.
//!
//! # Why it matters
//! It is one half of a key pair that acts for the whole account.
//!
//! # Example
//! `LTAI` and up to 26 characters
//!
//! # Limits and sources
//! Old ids have 16 characters, newer ones 24 or more.

use super::entropy;
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE011",
    name: "alibaba-key",
    family: Family::Secret,
    category: "secret.alibaba",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\bLTAI[A-Za-z0-9]{12,26}\b",
        anchor: Anchor::Literals(&["LTAI"]),
        longest: 30,
        verify: entropy::tail::<12>,
    }),
};
