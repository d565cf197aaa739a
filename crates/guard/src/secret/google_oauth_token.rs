//! # What it finds
//! An access or refresh token of a Google account.
//!
//! # Why it matters
//! An access token opens the account for an hour, a refresh token until it is revoked.
//!
//! # Example
//! `ya29.…` or `1//0…`
//!
//! # Limits and sources
//! The length varies with the account; bounded by 400 characters.

use super::entropy;
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE006",
    name: "google-oauth-token",
    family: Family::Secret,
    category: "secret.google",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\b(?:ya29\.[A-Za-z0-9_-]{40,400}|1//0[A-Za-z0-9_-]{38,160})",
        anchor: Anchor::Literals(&["ya29.", "1//0"]),
        longest: 405,
        verify: entropy::tail::<38>,
    }),
};
