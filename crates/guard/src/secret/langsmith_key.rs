//! # What it finds
//! An API key of LangSmith.
//!
//! # Why it matters
//! It reads the traces, which hold prompts and answers.
//!
//! # Example
//! `lsv2_pt_`, 32 and 10 hexadecimal digits
//!
//! # Limits and sources
//! Personal and service keys.

use super::entropy;
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE069",
    name: "langsmith-key",
    family: Family::Secret,
    category: "secret.langsmith",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\blsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}\b",
        anchor: Anchor::Literals(&["lsv2_"]),
        longest: 51,
        verify: entropy::tail::<42>,
    }),
};
