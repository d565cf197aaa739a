//! # What it finds
//! An API key of Cohere, behind its name.
//!
//! # Why it matters
//! It spends its owner's credit.
//!
//! # Example
//! `COHERE_API_KEY=…`, 40 characters
//!
//! # Limits and sources
//! Without its name it has no shape.

use super::context::{self, keyed};
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE065",
    name: "cohere-key",
    family: Family::Secret,
    category: "secret.cohere",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: keyed!("(?:cohere|co)_?(?:[ -]?api)?[_ -]?(?:key|token)", "[A-Za-z0-9]{40}"),
        anchor: Anchor::Literals(&[
            "cohere", "co_", "coapi", "co api", "co-api", "cokey", "co key", "co-key", "cotoken", "co token",
            "co-token",
        ]),
        longest: 68,
        verify: context::random_value,
    }),
};
