//! # What it finds
//! An access token of Pulumi Cloud.
//!
//! # Why it matters
//! It reads stacks with their configuration and deploys them.
//!
//! # Example
//! `pul-` and 40 hexadecimal digits
//!
//! # Limits and sources
//! The exact length carries the rule.

use super::entropy;
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE097",
    name: "pulumi-token",
    family: Family::Secret,
    category: "secret.pulumi",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\bpul-[0-9a-f]{40}\b",
        anchor: Anchor::Literals(&["pul-"]),
        longest: 44,
        verify: entropy::tail::<40>,
    }),
};
