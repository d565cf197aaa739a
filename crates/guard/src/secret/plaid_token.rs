//! # What it finds
//! An access token of Plaid.
//!
//! # Why it matters
//! It reads the transactions of a bank account.
//!
//! # Example
//! `access-production-` and a UUID
//!
//! # Limits and sources
//! Sandbox and development tokens count too.

use super::entropy;
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE053",
    name: "plaid-token",
    family: Family::Secret,
    category: "secret.plaid",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\baccess-(?:production|development|sandbox)-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b",
        anchor: Anchor::Literals(&["access-production-", "access-development-", "access-sandbox-"]),
        longest: 55,
        verify: entropy::tail::<36>,
    }),
};
