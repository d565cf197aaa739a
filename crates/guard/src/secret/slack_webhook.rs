//! # What it finds
//! The address of an incoming webhook, workflow or trigger of Slack.
//!
//! # Why it matters
//! Whoever has the address writes into the channel.
//!
//! # Example
//! `hooks.slack.com/services/T…/B…/…`
//!
//! # Limits and sources
//! Found without its scheme, so that no other address waits for it.

use super::entropy;
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE036",
    name: "slack-webhook",
    family: Family::Secret,
    category: "secret.slack",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"hooks\.slack(?:-gov)?\.com/(?:services|workflows|triggers)/[A-Za-z0-9+/]{40,90}",
        anchor: Anchor::Literals(&["hooks.slack"]),
        longest: 120,
        verify: entropy::tail::<20>,
    }),
};
