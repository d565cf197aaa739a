//! # What it finds
//! An API key of NuGet.
//!
//! # Why it matters
//! It publishes packages.
//!
//! # Example
//! `oy2` and 43 characters
//!
//! # Limits and sources
//! Lower case only, as the gallery makes them.

use super::entropy;
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE031",
    name: "nuget-key",
    family: Family::Secret,
    category: "secret.nuget",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\boy2[a-z0-9]{43}\b",
        anchor: Anchor::Literals(&["oy2"]),
        longest: 46,
        verify: entropy::tail::<43>,
    }),
};
