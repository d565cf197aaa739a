//! # What it finds
//! An API or integration key of PagerDuty, behind its name.
//!
//! # Why it matters
//! It wakes people up, or keeps them asleep.
//!
//! # Example
//! `PAGERDUTY_API_KEY=…`, 20 or 32 characters
//!
//! # Limits and sources
//! Without its name it has no shape.

use super::context::{self, keyed};
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE079",
    name: "pagerduty-key",
    family: Family::Secret,
    category: "secret.pagerduty",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: keyed!(
            "pager[_ -]?duty(?:[_ -]?(?:api|integration|routing|service))?[_ -]?(?:key|token)",
            "[A-Za-z0-9]{32}|[A-Za-z0-9_+-]{20}"
        ),
        anchor: Anchor::Literals(&["pagerduty", "pager_duty", "pager-duty", "pager duty"]),
        longest: 71,
        verify: context::random_value,
    }),
};
