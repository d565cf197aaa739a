//! # What it finds
//! A token or gateway key of Vercel.
//!
//! # Why it matters
//! It deploys to production, or spends the model budget of the gateway.
//!
//! # Example
//! `vck_` or `vcp_` and random characters
//!
//! # Limits and sources
//! Older tokens are 24 characters without a prefix and are found only by the generic rule.

use super::entropy;
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE021",
    name: "vercel-token",
    family: Family::Secret,
    category: "secret.vercel",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\bvc[aikpr]_[A-Za-z0-9]{24,64}",
        anchor: Anchor::Literals(&["vca_", "vci_", "vck_", "vcp_", "vcr_"]),
        longest: 68,
        verify: entropy::tail::<24>,
    }),
};
