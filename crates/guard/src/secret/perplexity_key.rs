//! # What it finds
//! An API key of Perplexity.
//!
//! # Why it matters
//! It spends its owner's credit.
//!
//! # Example
//! `pplx-` and 48 characters
//!
//! # Limits and sources
//! From 40 to 64 characters.

use super::entropy;
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE063",
    name: "perplexity-key",
    family: Family::Secret,
    category: "secret.perplexity",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\bpplx-[A-Za-z0-9]{40,64}\b",
        anchor: Anchor::Literals(&["pplx-"]),
        longest: 69,
        verify: entropy::tail::<40>,
    }),
};
