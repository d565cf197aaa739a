//! # What it finds
//! The secret of a Plaid client, behind its name.
//!
//! # Why it matters
//! It asks for tokens in the name of the application.
//!
//! # Example
//! `PLAID_SECRET=…`, 30 hexadecimal digits
//!
//! # Limits and sources
//! Without its name it has no shape.

use super::context::{self, keyed};
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE054",
    name: "plaid-secret",
    family: Family::Secret,
    category: "secret.plaid",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: keyed!("plaid[_ -]?(?:client[_ -]?|sandbox[_ -]?|production[_ -]?)?secret", "[0-9a-f]{30}"),
        anchor: Anchor::Literals(&["plaid"]),
        longest: 64,
        verify: context::random_value,
    }),
};
