//! # What it finds
//! An access token of PayPal Braintree.
//!
//! # Why it matters
//! It takes payments for the merchant.
//!
//! # Example
//! `access_token$production$…`
//!
//! # Limits and sources
//! Sandbox tokens count too: they are left in code that later goes live.

use super::entropy;
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE051",
    name: "braintree-token",
    family: Family::Secret,
    category: "secret.braintree",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\baccess_token\$(?:production|sandbox)\$[0-9a-z]{16}\$[0-9a-f]{32}\b",
        anchor: Anchor::Literals(&["access_token$"]),
        longest: 73,
        verify: entropy::tail::<32>,
    }),
};
