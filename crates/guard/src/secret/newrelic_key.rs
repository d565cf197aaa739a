//! # What it finds
//! A user, insert, browser or administrator key of New Relic.
//!
//! # Why it matters
//! It reads what an application reports, or feeds it false reports.
//!
//! # Example
//! `NRAK-` and 27 characters
//!
//! # Limits and sources
//! License keys end in `NRAL` and have no prefix.

use super::entropy;
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE075",
    name: "newrelic-key",
    family: Family::Secret,
    category: "secret.newrelic",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\b(?:NRAK-[A-Z0-9]{27}|NR(?:JS|AA|II|IQ|RA|BR)-[A-Za-z0-9_-]{19,42})\b",
        anchor: Anchor::Literals(&["NRAK-", "NRJS-", "NRAA-", "NRII-", "NRIQ-", "NRRA-", "NRBR-"]),
        longest: 47,
        verify: entropy::tail::<19>,
    }),
};
