//! # What it finds
//! A service token, OAuth token or password of PlanetScale.
//!
//! # Why it matters
//! It reads and changes databases.
//!
//! # Example
//! `pscale_tkn_` and 43 characters
//!
//! # Limits and sources
//! From 32 to 64 characters.

use super::entropy;
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE095",
    name: "planetscale-token",
    family: Family::Secret,
    category: "secret.planetscale",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\bpscale_(?:tkn|oauth|pw|api)_[A-Za-z0-9_=-]{32,64}",
        anchor: Anchor::Literals(&["pscale_"]),
        longest: 77,
        verify: entropy::tail::<32>,
    }),
};
