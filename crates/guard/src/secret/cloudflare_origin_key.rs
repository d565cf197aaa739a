//! # What it finds
//! An Origin CA key of Cloudflare.
//!
//! # Why it matters
//! It issues certificates that Cloudflare trusts for the domains of the account.
//!
//! # Example
//! `v1.0-` and two runs of hexadecimal digits
//!
//! # Limits and sources
//! Version 1.0 is the only one so far.

use super::entropy;
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE017",
    name: "cloudflare-origin-key",
    family: Family::Secret,
    category: "secret.cloudflare",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\bv1\.0-[0-9a-f]{24}-[0-9a-f]{146}",
        anchor: Anchor::Literals(&["v1.0-"]),
        longest: 176,
        verify: entropy::tail::<146>,
    }),
};
