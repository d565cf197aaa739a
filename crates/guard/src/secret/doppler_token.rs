//! # What it finds
//! A token of Doppler of any kind.
//!
//! # Why it matters
//! It reads the secrets of a project.
//!
//! # Example
//! `dp.pt.` and 40 characters or more
//!
//! # Limits and sources
//! Kinds: personal, service, CLI, SCIM, audit, service account.

use super::entropy;
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE091",
    name: "doppler-token",
    family: Family::Secret,
    category: "secret.doppler",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\bdp\.(?:pt|ct|sa|scim|audit|st(?:\.[a-z0-9_-]{2,35})?)\.[A-Za-z0-9]{40,44}\b",
        anchor: Anchor::Literals(&["dp.pt.", "dp.ct.", "dp.sa.", "dp.scim.", "dp.audit.", "dp.st."]),
        longest: 86,
        verify: entropy::tail::<40>,
    }),
};
