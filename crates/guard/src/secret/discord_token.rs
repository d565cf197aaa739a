//! # What it finds
//! The token of a Discord bot.
//!
//! # Why it matters
//! It is the bot: it reads and writes wherever the bot was invited.
//!
//! # Example
//! an encoded id, six characters, and 27 or more
//!
//! # Limits and sources
//! The first part must be the digits of an id in base 64. Tokens of people look the same. Discord, *Reference*.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::entropy;
use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE037",
    name: "discord-token",
    family: Family::Secret,
    category: "secret.discord",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\b(?:M[Tjz]|N[DTjz]|O[DT])[AEIMQUYcgk][w-z0-5][A-Za-z0-9]{18,24}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,38}",
        anchor: Anchor::Literals(&[
            r"\bMTA", r"\bMTE", r"\bMTI", r"\bMTM", r"\bMTQ", r"\bMTU", r"\bMTY", r"\bMTc", r"\bMTg", r"\bMTk",
            r"\bMjA", r"\bMjE", r"\bMjI", r"\bMjM", r"\bMjQ", r"\bMjU", r"\bMjY", r"\bMjc", r"\bMjg", r"\bMjk",
            r"\bMzA", r"\bMzE", r"\bMzI", r"\bMzM", r"\bMzQ", r"\bMzU", r"\bMzY", r"\bMzc", r"\bMzg", r"\bMzk",
            r"\bNDA", r"\bNDE", r"\bNDI", r"\bNDM", r"\bNDQ", r"\bNDU", r"\bNDY", r"\bNDc", r"\bNDg", r"\bNDk",
            r"\bNTA", r"\bNTE", r"\bNTI", r"\bNTM", r"\bNTQ", r"\bNTU", r"\bNTY", r"\bNTc", r"\bNTg", r"\bNTk",
            r"\bNjA", r"\bNjE", r"\bNjI", r"\bNjM", r"\bNjQ", r"\bNjU", r"\bNjY", r"\bNjc", r"\bNjg", r"\bNjk",
            r"\bNzA", r"\bNzE", r"\bNzI", r"\bNzM", r"\bNzQ", r"\bNzU", r"\bNzY", r"\bNzc", r"\bNzg", r"\bNzk",
            r"\bODA", r"\bODE", r"\bODI", r"\bODM", r"\bODQ", r"\bODU", r"\bODY", r"\bODc", r"\bODg", r"\bODk",
            r"\bOTA", r"\bOTE", r"\bOTI", r"\bOTM", r"\bOTQ", r"\bOTU", r"\bOTY", r"\bOTc", r"\bOTg", r"\bOTk",
        ]),
        longest: 74,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let (id, rest) = candidate.matched().split_once('.')?;
    let id = STANDARD_NO_PAD.decode(id).ok()?;
    let is_token = id.iter().all(u8::is_ascii_digit) && entropy::ends(candidate) && entropy::is_random(rest);
    is_token.then_some(Hit::new(0.95, Evidence::Checksum))
}
