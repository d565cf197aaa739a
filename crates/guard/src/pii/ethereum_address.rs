//! # What it finds
//! An Ethereum address after a word that says so.
//!
//! # Why it matters
//! All payments to and from it are public; with a name next to it they have an owner.
//!
//! # Example
//! `ETH 0x52908400098527886E0F7030069857D2E4169EE7`
//!
//! # Limits and sources
//! The mixed-case checksum of EIP-55 needs Keccak and is not checked.

use super::context::{self, after};
use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI094",
    name: "ethereum-address",
    family: Family::Pii,
    category: "pii.crypto-wallet",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: after!(
            r"ethereum|wallet|erc20|erc-20|metamask|(?:\b|_)eth[ :=#_\x22]|usdt|usdc|polygon",
            r"0x[0-9a-fA-F]{40}"
        ),
        anchor: Anchor::Literals(&[
            "ethereum", "wallet", "erc20", "erc-20", "metamask", "eth ", "eth:", "eth=", "eth#", "eth_", "eth\"",
            "usdt", "usdc", "polygon",
        ]),
        longest: context::LONGEST,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let value = context::token(candidate);
    let is_zero = value[2..].bytes().all(|byte| byte == b'0');
    if is_zero { None } else { context::ending(candidate, value, context::LIKELY, Evidence::Context) }
}
