//! # What it finds
//! A user or organization token of Hugging Face.
//!
//! # Why it matters
//! It reads private models and data sets, or replaces them.
//!
//! # Example
//! `hf_` and 34 letters
//!
//! # Limits and sources
//! Fine-grained tokens look the same.

use super::entropy;
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE060",
    name: "huggingface-token",
    family: Family::Secret,
    category: "secret.huggingface",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\b(?:hf|api_org)_[A-Za-z0-9]{34}\b",
        anchor: Anchor::Literals(&["hf_", "api_org_"]),
        longest: 42,
        verify: entropy::tail::<34>,
    }),
};
