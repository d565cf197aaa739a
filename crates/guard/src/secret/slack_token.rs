//! # What it finds
//! A Slack token: bot, user, app, refresh, configuration and session tokens.
//!
//! # Why it matters
//! It reads channels and writes in the name of a person or a bot.
//!
//! # Example
//! `xoxb-…`, `xapp-…`
//!
//! # Limits and sources
//! The parts differ by kind, so the rule asks for digits in front and entropy behind. Slack, *Token types*.

use super::entropy;
use super::placeholder::is_placeholder;
use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE035",
    name: "slack-token",
    family: Family::Secret,
    category: "secret.slack",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\b(?:xox[abceoprs](?:\.xox[bp])?|xapp)-[0-9A-Za-z-]{20,250}",
        anchor: Anchor::Literals(&[
            "xoxa-", "xoxb-", "xoxc-", "xoxe-", "xoxe.", "xoxo-", "xoxp-", "xoxr-", "xoxs-", "xapp-",
        ]),
        longest: 260,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let token = candidate.matched();
    let random = token.rsplit('-').next()?;
    let is_token = token.len() > 24
        && token.bytes().any(|byte| byte.is_ascii_digit())
        && random.len() >= 10
        && entropy::ends(candidate)
        && entropy::is_random(random)
        && !is_placeholder(token);
    is_token.then_some(Hit::new(0.9, Evidence::Entropy))
}
