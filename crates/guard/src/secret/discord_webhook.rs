//! # What it finds
//! The address of a Discord webhook.
//!
//! # Why it matters
//! Whoever has the address writes into the channel.
//!
//! # Example
//! `discord.com/api/webhooks/…/…`
//!
//! # Limits and sources
//! Found without its scheme, so that no other address waits for it.

use super::entropy;
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE038",
    name: "discord-webhook",
    family: Family::Secret,
    category: "secret.discord",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\bdiscord(?:app)?\.com/api/(?:v[0-9]{1,2}/)?webhooks/[0-9]{17,20}/[A-Za-z0-9_-]{60,80}",
        anchor: Anchor::Literals(&["discord.com/api", "discordapp.com/api"]),
        longest: 133,
        verify: entropy::tail::<60>,
    }),
};
