//! # What it finds
//! The token of a Telegram bot.
//!
//! # Why it matters
//! It reads what the bot is told and answers in its name.
//!
//! # Example
//! the bot's number, `:AA` and 33 characters
//!
//! # Limits and sources
//! Reported from the colon's right on: the number before it is public, and no number of a stream waits for it.

use super::entropy;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE039",
    name: "telegram-token",
    family: Family::Secret,
    category: "secret.telegram",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: ":AA[A-Za-z0-9_-]{32,33}",
        anchor: Anchor::Literals(&[":AA"]),
        longest: 36,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let digits = candidate.before().bytes().rev().take_while(u8::is_ascii_digit).count();
    let hit = (8..=10).contains(&digits).then(|| entropy::tail::<32>(candidate))??;
    Some(Hit { trim: (1, 0), ..hit })
}
