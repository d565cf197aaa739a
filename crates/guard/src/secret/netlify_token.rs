//! # What it finds
//! A personal access token of Netlify.
//!
//! # Why it matters
//! It deploys to every site of its user.
//!
//! # Example
//! `nfp_` and 36 characters
//!
//! # Limits and sources
//! Tokens made before 2023 have no prefix.

use super::entropy;
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE022",
    name: "netlify-token",
    family: Family::Secret,
    category: "secret.netlify",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\bnf[cpou]_[A-Za-z0-9]{36,40}",
        anchor: Anchor::Literals(&["nfp_", "nfc_", "nfo_", "nfu_"]),
        longest: 44,
        verify: entropy::tail::<36>,
    }),
};
