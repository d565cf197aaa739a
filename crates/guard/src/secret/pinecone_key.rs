//! # What it finds
//! An API key of Pinecone.
//!
//! # Why it matters
//! It reads and empties the vector indexes of a project.
//!
//! # Example
//! `pcsk_` and about 70 characters
//!
//! # Limits and sources
//! Older keys are UUIDs and are not covered.

use super::entropy;
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE071",
    name: "pinecone-key",
    family: Family::Secret,
    category: "secret.pinecone",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\bpcsk_[A-Za-z0-9]{4,8}_[A-Za-z0-9]{50,70}\b",
        anchor: Anchor::Literals(&["pcsk_"]),
        longest: 84,
        verify: entropy::tail::<50>,
    }),
};
