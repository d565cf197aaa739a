//! # What it finds
//! A fine-grained personal access token of GitHub.
//!
//! # Why it matters
//! It reads or writes the repositories that it was made for.
//!
//! # Example
//! `github_pat_`, 22 characters, `_`, 59 characters
//!
//! # Limits and sources
//! Carries a checksum whose scheme is not published; judged by entropy.

use super::entropy;
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE024",
    name: "github-fine-grained-token",
    family: Family::Secret,
    category: "secret.github",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\bgithub_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}\b",
        anchor: Anchor::Literals(&["github_pat_"]),
        longest: 93,
        verify: entropy::tail::<59>,
    }),
};
