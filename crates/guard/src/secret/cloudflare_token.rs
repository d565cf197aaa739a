//! # What it finds
//! An API token or global key of Cloudflare, behind its name.
//!
//! # Why it matters
//! It changes where a domain leads, or what is served from it.
//!
//! # Example
//! `CLOUDFLARE_API_TOKEN=…`
//!
//! # Limits and sources
//! Tokens have 40 characters, global keys 37 hexadecimal digits.

use super::context::{self, keyed};
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE016",
    name: "cloudflare-token",
    family: Family::Secret,
    category: "secret.cloudflare",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: keyed!(
            "(?:cloudflare|cf)[_ -](?:global[_ -])?(?:api[_ -]|auth[_ -])?(?:token|key)",
            "[A-Za-z0-9_-]{40}|[0-9a-f]{37}"
        ),
        anchor: Anchor::Literals(&["cloudflare", "cf_", "cf ", "cf-"]),
        longest: 79,
        verify: context::random_value,
    }),
};
