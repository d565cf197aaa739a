//! # What it finds
//! An auth, API, OAuth client or webhook key of Tailscale.
//!
//! # Why it matters
//! An auth key puts a machine inside the private network.
//!
//! # Example
//! `tskey-auth-…`
//!
//! # Limits and sources
//! Both parts are required.

use super::entropy;
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE094",
    name: "tailscale-key",
    family: Family::Secret,
    category: "secret.tailscale",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\btskey-(?:auth|api|client|scim|webhook)-[A-Za-z0-9]{8,24}-[A-Za-z0-9]{16,50}\b",
        anchor: Anchor::Literals(&["tskey-"]),
        longest: 89,
        verify: entropy::tail::<16>,
    }),
};
