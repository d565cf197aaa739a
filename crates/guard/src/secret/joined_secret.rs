//! # What it finds
//! The same as the generic rule finds, where the name is written together: `dbPassword`, `clientSecret`, `PGPASSWORD`.
//!
//! # Why it matters
//! Configuration in JSON and YAML is mostly written so.
//!
//! # Example
//! `"clientSecret": "…"`
//!
//! # Limits and sources
//! The keyword must begin with a capital, so that no lower-case word of a stream waits for it.

use super::context::keyed;
use super::generic_secret;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE109",
    name: "joined-secret",
    family: Family::Secret,
    category: "secret.generic",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: keyed!(joined: "P(?i:assw(?:or)?d|assphrase)|S(?i:ecret(?:key)?)|T(?i:oken)|A(?i:pikey|ccesskey|uthkey)", r#"[^\s"'`,;<>(){}\[\]\\]{8,120}"#),
        anchor: Anchor::Literals(&["passw", "passphrase", "secret", r"token\b", "apikey", "accesskey", "authkey"]),
        longest: 140,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let is_joined = candidate.before().ends_with(|before: char| before.is_ascii_alphanumeric());
    is_joined.then(|| generic_secret::verify(candidate))?
}
