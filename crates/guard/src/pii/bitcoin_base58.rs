//! # What it finds
//! A Bitcoin address of the older kinds (1, 3) after a word that says so.
//!
//! # Why it matters
//! All payments to and from it are public; with a name next to it they have an owner.
//!
//! # Example
//! `BTC 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa`
//!
//! # Limits and sources
//! Base58Check: the last four bytes begin the double SHA-256 of the rest.

use super::context::{self, after};
use super::sha256;
use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI093",
    name: "bitcoin-base58",
    family: Family::Pii,
    category: "pii.crypto-wallet",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: after!(r"bitcoin|btc|wallet", r"[13][1-9A-HJ-NP-Za-km-z]{25,34}"),
        anchor: Anchor::Literals(&["bitcoin", "btc", "wallet"]),
        longest: context::LONGEST,
        verify,
    }),
};

const ALPHABET: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let value = context::token(candidate);
    let bytes = decode(value)?;
    let (payload, check) = bytes.split_at(21);
    if sha256::digest(&sha256::digest(payload))[..4] != *check {
        return None;
    }
    context::ending(candidate, value, 0.98, Evidence::Checksum)
}

/// The 25 bytes that base-58 digits spell.
fn decode(text: &str) -> Option<[u8; 25]> {
    let mut bytes = [0_u8; 25];
    for digit in text.bytes() {
        let mut carry = ALPHABET.iter().position(|known| *known == digit)?;
        for byte in bytes.iter_mut().rev() {
            carry += usize::from(*byte) * 58;
            *byte = u8::try_from(carry % 256).ok()?;
            carry /= 256;
        }
        if carry > 0 {
            return None;
        }
    }
    Some(bytes)
}
