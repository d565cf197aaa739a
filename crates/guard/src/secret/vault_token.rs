//! # What it finds
//! A service, batch or recovery token of HashiCorp Vault.
//!
//! # Why it matters
//! It reads the secrets that its policies allow.
//!
//! # Example
//! `hvs.` and 24 characters or more
//!
//! # Limits and sources
//! Tokens of versions before 1.10 (`s.`) are too short to tell from a file name.

use super::entropy;
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE090",
    name: "vault-token",
    family: Family::Secret,
    category: "secret.vault",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\bhv[brs]\.[A-Za-z0-9_-]{24,300}",
        anchor: Anchor::Literals(&["hvs.", "hvb.", "hvr."]),
        longest: 304,
        verify: entropy::tail::<24>,
    }),
};
