//! # What it finds
//! An access token or shared secret of a Shopify application.
//!
//! # Why it matters
//! It reads orders and customers of a shop.
//!
//! # Example
//! `shpat_` and 32 hexadecimal digits
//!
//! # Limits and sources
//! Kinds: access, custom, private, shared secret.

use super::entropy;
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE050",
    name: "shopify-token",
    family: Family::Secret,
    category: "secret.shopify",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\bshp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}\b",
        anchor: Anchor::Literals(&["shpat_", "shpca_", "shppa_", "shpss_"]),
        longest: 38,
        verify: entropy::tail::<32>,
    }),
};
