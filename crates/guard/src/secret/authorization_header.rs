//! # What it finds
//! A bearer token or basic credentials as they stand in an `Authorization` header.
//!
//! # Why it matters
//! Copied requests and traces are pasted into chats whole.
//!
//! # Example
//! `Authorization: Bearer …`
//!
//! # Limits and sources
//! Basic credentials must decode to a name and a password. JSON web tokens have a rule. Up to 512 characters. RFC 6750,
//! RFC 7617.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::entropy;
use super::placeholder::is_placeholder;
use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE106",
    name: "authorization-header",
    family: Family::Secret,
    category: "secret.authorization",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"(?i)\b(?:bearer|basic)\s{1,2}[A-Za-z0-9._~+/-]{12,512}={0,2}",
        anchor: Anchor::Literals(&["bearer", r"\bbasic\b"]),
        longest: 522,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let matched = candidate.matched();
    let at = matched.rfind(|mark: char| mark.is_ascii_whitespace())? + 1;
    let (scheme, token) = matched.split_at(at);
    if token.starts_with("eyJ") || is_placeholder(token) || !entropy::ends(candidate) {
        return None;
    }
    let hit = |score, evidence| Hit { trim: (at, 0), ..Hit::new(score, evidence) };
    if scheme.trim_end().eq_ignore_ascii_case("basic") {
        return is_basic(token).then_some(hit(0.9, Evidence::Checksum));
    }
    let has_digits = token.bytes().filter(u8::is_ascii_digit).count() >= 2;
    (token.len() >= 16 && has_digits && entropy::is_random(token)).then_some(hit(0.75, Evidence::Context))
}

/// Says whether `token` is `name:password`, encoded, and neither a placeholder.
fn is_basic(token: &str) -> bool {
    let Ok(decoded) = STANDARD.decode(token) else { return false };
    let Ok(decoded) = String::from_utf8(decoded) else { return false };
    let parts = decoded.split_once(':');
    parts.is_some_and(|(name, password)| {
        !name.is_empty() && !password.is_empty() && !is_placeholder(password) && !decoded.contains(char::is_control)
    })
}
