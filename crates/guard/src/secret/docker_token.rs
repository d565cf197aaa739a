//! # What it finds
//! A personal or organization access token of Docker Hub.
//!
//! # Why it matters
//! It pushes images that others run.
//!
//! # Example
//! `dckr_pat_` and 27 characters
//!
//! # Limits and sources
//! Passwords in `config.json` are encoded user information and are not covered.

use super::entropy;
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE032",
    name: "docker-token",
    family: Family::Secret,
    category: "secret.docker",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\bdckr_(?:pat|oat)_[A-Za-z0-9_-]{27,32}",
        anchor: Anchor::Literals(&["dckr_pat_", "dckr_oat_"]),
        longest: 41,
        verify: entropy::tail::<27>,
    }),
};
