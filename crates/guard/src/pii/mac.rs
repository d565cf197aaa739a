//! # What it finds
//! The hardware address of a network card after a word that says so.
//!
//! # Why it matters
//! It follows a device from network to network.
//!
//! # Example
//! `MAC 3c:22:fb:0a:91:d4`
//!
//! # Limits and sources
//! Broadcast, multicast and all-zero addresses are clean.

use super::context::{self, after};
use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI086",
    name: "mac",
    family: Family::Pii,
    category: "pii.mac",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: after!(
            r"(?:\b|_)mac[ :=#_\x22]|link/ether |hwaddr|lladdr|bssid|physical address|mac-adresse|macaddr",
            r"(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}|(?:[0-9A-Fa-f]{4}\.){2}[0-9A-Fa-f]{4}"
        ),
        anchor: Anchor::Literals(&[
            "mac ",
            "mac:",
            "mac=",
            "mac#",
            "mac_",
            "mac\"",
            "link/ether ",
            "hwaddr",
            "lladdr",
            "bssid",
            "physical address",
            "mac-adresse",
            "macaddr",
        ]),
        longest: context::LONGEST,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let matched = candidate.matched();
    let is_dotted = matched.as_bytes().get(matched.len().checked_sub(5)?) == Some(&b'.');
    let length = if is_dotted { 14 } else { 17 };
    let value = matched.get(matched.len().checked_sub(length)?..)?;
    let first = u8::from_str_radix(&value[..2], 16).ok()?;
    let is_zero = value.chars().all(|character| !character.is_ascii_alphanumeric() || character == '0');
    if first % 2 == 1 || is_zero {
        return None;
    }
    context::ending(candidate, value, 0.85, Evidence::Context)
}
