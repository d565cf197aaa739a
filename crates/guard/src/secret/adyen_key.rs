//! # What it finds
//! An API key of Adyen.
//!
//! # Why it matters
//! It authorises and refunds payments.
//!
//! # Example
//! `AQE…hm…`, and two further parts
//!
//! # Limits and sources
//! The parts behind the hyphens are reported where they are there.

use super::entropy;
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE052",
    name: "adyen-key",
    family: Family::Secret,
    category: "secret.adyen",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\bAQE[a-z0-9]hm[A-Za-z0-9+/=]{40,200}(?:-[A-Za-z0-9+/=]{20,80}(?:-[A-Za-z0-9+/=]{10,24})?)?",
        anchor: Anchor::Literals(&["AQE"]),
        longest: 312,
        verify: entropy::tail::<16>,
    }),
};
