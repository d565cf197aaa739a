//! # What it finds
//! An ingest or management key of Honeycomb.
//!
//! # Why it matters
//! It writes events, or manages environments and their keys.
//!
//! # Example
//! `hcaik_` and 58 characters
//!
//! # Limits and sources
//! Classic keys, 32 hexadecimal digits, are found only by the generic rule.

use super::entropy;
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE078",
    name: "honeycomb-key",
    family: Family::Secret,
    category: "secret.honeycomb",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\bhc[abx][im]k_[a-z0-9]{26,64}\b",
        anchor: Anchor::Literals(&["hcaik_", "hcbik_", "hcxik_", "hcamk_", "hcbmk_", "hcxmk_"]),
        longest: 70,
        verify: entropy::tail::<26>,
    }),
};
