//! # What it finds
//! An API or application key of Datadog, behind its name.
//!
//! # Why it matters
//! An application key reads logs, which hold whatever was logged.
//!
//! # Example
//! `DD_API_KEY=…`, 32 or 40 hexadecimal digits
//!
//! # Limits and sources
//! Without its name it is an MD5 or a SHA-1.

use super::context::{self, keyed};
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE074",
    name: "datadog-key",
    family: Family::Secret,
    category: "secret.datadog",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: keyed!("(?:datadog|dd)[_ -](?:api|app|application)[_ -]?key", "[0-9a-f]{40}|[0-9a-f]{32}"),
        anchor: Anchor::Literals(&["datadog", "dd_a", "dd a", "dd-a"]),
        longest: 74,
        verify: context::random_value,
    }),
};
