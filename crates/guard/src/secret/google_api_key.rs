//! # What it finds
//! A Google API key.
//!
//! # Why it matters
//! It is billed to its project, and opens Gemini, Maps or Firebase to whoever holds it.
//!
//! # Example
//! `AIza` and 35 characters
//!
//! # Limits and sources
//! Keys of browser applications are public by design and look the same; the policy may allow them.

use super::entropy;
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE004",
    name: "google-api-key",
    family: Family::Secret,
    category: "secret.google",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\bAIza[A-Za-z0-9_-]{35}",
        anchor: Anchor::Literals(&["AIza"]),
        longest: 39,
        verify: entropy::tail::<35>,
    }),
};
