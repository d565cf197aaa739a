//! # What it finds
//! A value that is called a password, secret, token or key, and looks like one.
//!
//! # Why it matters
//! Most secrets have no shape of their own: what gives them away is what they are called.
//!
//! # Example
//! `api_key = "…"`, `my password is …`
//!
//! # Limits and sources
//! Scores low, so that a policy can leave it out. Tokens need 16 characters and entropy, passwords eight and two
//! classes. References to variables, calls and placeholders are clean.

use super::context::{self, keyed};
use super::entropy;
use super::placeholder::is_placeholder;
use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE108",
    name: "generic-secret",
    family: Family::Secret,
    category: "secret.generic",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: keyed!(
            "passw(?:or)?d|passphrase|passcode|pwd|secret(?:[_ -]?key)?|token|api[_ -]?key|access[_ -]?key|auth[_-]?key|private_key|encryption[_-]key|signing[_-]key|credentials?",
            r#"[^\s"'`,;<>(){}\[\]\\]{8,120}"#
        ),
        anchor: Anchor::Literals(&[
            "passw",
            "pwd",
            "passphrase",
            "passcode",
            "secret",
            r"token\b",
            "apikey",
            "api_key",
            "api-key",
            "api key",
            "access_key",
            "access-key",
            "accesskey",
            "access key",
            "auth_key",
            "auth-key",
            "authkey",
            "private_key",
            "credential",
            "encryption_key",
            "encryption-key",
            "signing_key",
            "signing-key",
        ]),
        longest: 145,
        verify,
    }),
};

/// Chosen values are at least this long.
const CHOSEN_LEN_MIN: usize = 8;
/// Drawn values are at least this long.
const DRAWN_LEN_MIN: usize = 16;
/// Names of tokens that open nothing.
const HARMLESS: &[&str] = &["page", "next", "cursor", "continuation", "sync"];

/// Accepts a value that looks chosen behind a word for passwords, or drawn behind another.
pub(super) fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let matched = candidate.matched();
    let (at, value) = context::value(matched)?;
    let before = candidate.before().to_ascii_lowercase();
    let is_other =
        matches!(candidate.next(), Some('(' | '[' | '{')) || HARMLESS.iter().any(|word| before.ends_with(word));
    if is_other || is_placeholder(value) || is_reference(value) {
        return None;
    }
    let is_secret = if is_password(matched) { is_chosen(value) } else { is_drawn(value) };
    is_secret.then_some(Hit { trim: (at, 0), ..Hit::new(0.6, Evidence::Context) })
}

/// Says whether the keyword is one for what people choose themselves.
fn is_password(matched: &str) -> bool {
    let keyword = matched.trim_start_matches('_');
    let is_start = |word: &str| keyword.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    is_start("pass") || is_start("pwd")
}

/// What people choose: letters and a digit, not one letter over and over.
fn is_chosen(value: &str) -> bool {
    let has_digit = value.bytes().any(|byte| byte.is_ascii_digit());
    let has_letter = value.bytes().any(|byte| byte.is_ascii_alphabetic());
    value.len() >= CHOSEN_LEN_MIN && has_digit && has_letter && entropy::shannon(value) >= 2.5
}

/// What machines draw.
fn is_drawn(value: &str) -> bool {
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    let letters = value.bytes().filter(u8::is_ascii_alphabetic).count();
    value.len() >= DRAWN_LEN_MIN && digits >= 2 && letters >= 2 && entropy::is_random(value)
}

/// Code that names a value instead of being one: paths of members, files and addresses.
fn is_reference(value: &str) -> bool {
    let is_name = |part: &str| part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let starts_as_name = value.starts_with(|mark: char| mark.is_ascii_alphabetic() || mark == '_');
    let is_member =
        value.contains('.') && starts_as_name && value.split('.').all(is_name) && entropy::classes(value) < 3;
    is_member
        || value.contains("::")
        || value.contains("->")
        || value.contains("://")
        || value.starts_with(['/', '.', '&', '@'])
}
