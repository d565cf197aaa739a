//! # What it finds
//! A personal token or secret API key of Supabase.
//!
//! # Why it matters
//! A secret key reads every table, past row security.
//!
//! # Example
//! `sbp_` and 40 hexadecimal digits, `sb_secret_…`
//!
//! # Limits and sources
//! Publishable keys are public and clean. Older service keys are JWTs, which have a rule.

use super::entropy;
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE096",
    name: "supabase-key",
    family: Family::Secret,
    category: "secret.supabase",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\b(?:sbp_(?:oauth_)?[0-9a-f]{40}\b|sb_secret_[A-Za-z0-9_-]{31,40})",
        anchor: Anchor::Literals(&["sbp_", "sb_secret_"]),
        longest: 50,
        verify: entropy::tail::<31>,
    }),
};
