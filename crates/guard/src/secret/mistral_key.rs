//! # What it finds
//! An API key of Mistral AI, behind its name.
//!
//! # Why it matters
//! It spends its owner's credit.
//!
//! # Example
//! `MISTRAL_API_KEY=…`, 32 characters
//!
//! # Limits and sources
//! Without its name it has no shape.

use super::context::{self, keyed};
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE066",
    name: "mistral-key",
    family: Family::Secret,
    category: "secret.mistral",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: keyed!("mistral(?:[_ -]?ai)?(?:[_ -]?api)?[_ -]?(?:key|token)", "[A-Za-z0-9]{32}"),
        anchor: Anchor::Literals(&["mistral"]),
        longest: 63,
        verify: context::random_value,
    }),
};
