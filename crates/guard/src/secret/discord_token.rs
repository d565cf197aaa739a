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
            "MTA", "MTE", "MTI", "MTM", "MTQ", "MTU", "MTY", "MTc", "MTg", "MTk", "MjA", "MjE", "MjI", "MjM", "MjQ",
            "MjU", "MjY", "Mjc", "Mjg", "Mjk", "MzA", "MzE", "MzI", "MzM", "MzQ", "MzU", "MzY", "Mzc", "Mzg", "Mzk",
            "NDA", "NDE", "NDI", "NDM", "NDQ", "NDU", "NDY", "NDc", "NDg", "NDk", "NTA", "NTE", "NTI", "NTM", "NTQ",
            "NTU", "NTY", "NTc", "NTg", "NTk", "NjA", "NjE", "NjI", "NjM", "NjQ", "NjU", "NjY", "Njc", "Njg", "Njk",
            "NzA", "NzE", "NzI", "NzM", "NzQ", "NzU", "NzY", "Nzc", "Nzg", "Nzk", "ODA", "ODE", "ODI", "ODM", "ODQ",
            "ODU", "ODY", "ODc", "ODg", "ODk", "OTA", "OTE", "OTI", "OTM", "OTQ", "OTU", "OTY", "OTc", "OTg", "OTk",
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
