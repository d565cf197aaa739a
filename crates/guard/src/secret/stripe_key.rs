//! # What it finds
//! A secret, restricted or webhook key of Stripe, live or test.
//!
//! # Why it matters
//! A live key moves money and reads customers.
//!
//! # Example
//! `sk_live_…`, `rk_test_…`, `whsec_…`
//!
//! # Limits and sources
//! Publishable keys (`pk_`) are public and clean.

use super::entropy;
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE048",
    name: "stripe-key",
    family: Family::Secret,
    category: "secret.stripe",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\b(?:[rs]k_(?:live|test|prod)_[A-Za-z0-9]{20,247}|whsec_[A-Za-z0-9+/]{32,64})",
        anchor: Anchor::Literals(&["sk_live_", "sk_test_", "sk_prod_", "rk_live_", "rk_test_", "rk_prod_", "whsec_"]),
        longest: 255,
        verify: entropy::tail::<20>,
    }),
};
