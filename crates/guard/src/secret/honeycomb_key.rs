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
        pattern: r"\bhc[abcdx](?:ik|lk|mk|ic)_[a-z0-9]{26,64}\b",
        anchor: Anchor::Literals(&[
            "hcaik_", "hcalk_", "hcamk_", "hcaic_", "hcbik_", "hcblk_", "hcbmk_", "hcbic_", "hccik_", "hcclk_",
            "hccmk_", "hccic_", "hcdik_", "hcdlk_", "hcdmk_", "hcdic_", "hcxik_", "hcxlk_", "hcxmk_", "hcxic_",
        ]),
        longest: 70,
        verify: entropy::tail::<26>,
    }),
};
