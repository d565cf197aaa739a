//! # What it finds
//! A user or service account key of Prefect Cloud.
//!
//! # Why it matters
//! It runs flows, which run code.
//!
//! # Example
//! `pnu_` and 36 characters
//!
//! # Limits and sources
//! User (`pnu_`) and service account (`pnb_`) keys.

use super::entropy;
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE087",
    name: "prefect-key",
    family: Family::Secret,
    category: "secret.prefect",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\bpn[bu]_[A-Za-z0-9]{36}\b",
        anchor: Anchor::Literals(&["pnu_", "pnb_"]),
        longest: 40,
        verify: entropy::tail::<36>,
    }),
};
