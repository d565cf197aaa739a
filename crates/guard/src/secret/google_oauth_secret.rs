//! # What it finds
//! The client secret of a Google OAuth application.
//!
//! # Why it matters
//! It lets anybody ask for tokens in the application's name.
//!
//! # Example
//! `GOCSPX-` and 28 characters
//!
//! # Limits and sources
//! Secrets made before 2021 have no prefix and are not found.

use super::entropy;
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE005",
    name: "google-oauth-secret",
    family: Family::Secret,
    category: "secret.google",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\bGOCSPX-[A-Za-z0-9_-]{28}",
        anchor: Anchor::Literals(&["GOCSPX-"]),
        longest: 35,
        verify: entropy::tail::<28>,
    }),
};
