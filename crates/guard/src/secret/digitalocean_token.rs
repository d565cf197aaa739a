//! # What it finds
//! A personal, OAuth or refresh token of DigitalOcean.
//!
//! # Why it matters
//! It creates and destroys machines at somebody else's expense.
//!
//! # Example
//! `dop_v1_` and 64 hexadecimal digits
//!
//! # Limits and sources
//! Spaces keys (`DO00`) come with a secret that has no prefix and are not covered.

use super::entropy;
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE013",
    name: "digitalocean-token",
    family: Family::Secret,
    category: "secret.digitalocean",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\bdo[oprt]_v1_[0-9a-f]{64}",
        anchor: Anchor::Literals(&["dop_v1_", "doo_v1_", "dor_v1_", "dot_v1_"]),
        longest: 71,
        verify: entropy::tail::<64>,
    }),
};
