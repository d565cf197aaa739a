//! # What it finds
//! A private key in PEM armour: PKCS#8, RSA, EC, DSA, OpenSSH, encrypted, PGP; whole or cut off.
//!
//! # Why it matters
//! It is an identity. Whoever has it signs, decrypts or logs in as its owner.
//!
//! # Example
//! `-----BEGIN OPENSSH PRIVATE KEY-----`
//!
//! # Limits and sources
//! Needs 24 characters of key behind the first line, so that a mention of the line is clean. A body that was cut off
//! ends where its lines stop being base 64. Up to 16 KiB. RFC 7468, RFC 9580.

use super::entropy::is_varied;
use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE099",
    name: "private-key",
    family: Family::Secret,
    category: "secret.private-key",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"-----BEGIN (?:[A-Z0-9]{2,12} ){0,2}PRIVATE KEY(?: BLOCK)?-----(?:[\s\\rn]{0,8}(?:Proc-Type|DEK-Info|Version|Comment|Hash|Charset|MessageID):[^\n\\]{0,100}){0,4}[A-Za-z0-9+/=\\\s]{24,15000}(?:-----END [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----)?",
        anchor: Anchor::Literals(&["-----BEGIN "]),
        longest: 15_592,
        verify,
    }),
};

/// Lines of key are at least this long, words of prose are not.
const LINE_LEN_MIN: usize = 16;
/// Characters of key that make it one.
const KEY_LEN_MIN: usize = 24;

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let matched = candidate.matched();
    let body_at = matched.find("KEY-----").or_else(|| matched.find("BLOCK-----"))? + "KEY-----".len();
    let key_end = end_of_key(matched, body_at);
    let has_end = matched.ends_with("-----");
    let key: String = matched[body_at..key_end].chars().filter(char::is_ascii_alphanumeric).collect();
    let is_key = key.len() >= KEY_LEN_MIN && is_varied(&key);
    let right = if has_end { 0 } else { matched.len() - key_end };
    is_key.then_some(Hit { trim: (0, right), ..Hit::new(0.97, Evidence::Entropy) })
}

/// Where the last line of base 64 ends. A short line counts as the last one of its key.
fn end_of_key(matched: &str, from: usize) -> usize {
    let is_gap = |mark: char| mark.is_ascii_whitespace() || mark == '\\';
    let mut end = from;
    let mut at = from;
    for line in matched[from..].split(is_gap) {
        // An escaped line break leaves its letter at the head of the line.
        let is_line = line.len() >= LINE_LEN_MIN || line.ends_with('=');
        if is_line {
            end = at + line.len();
        } else if line.len() > 1 && end > from {
            break;
        }
        at += line.len() + 1;
    }
    end
}
