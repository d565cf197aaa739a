//! # What it finds
//! A public IPv4 address.
//!
//! # Why it matters
//! A court called it personal data: with the provider it leads to a household.
//!
//! # Example
//! `84.17.46.201`
//!
//! # Limits and sources
//! Private, loopback, link-local, documentation, multicast and reserved ranges are clean, and so are versions: more
//! than four parts, a product or a version word in front, or four small numbers without a word that speaks of
//! addresses. Well-known resolvers (8.8.8.8) fall under the latter.

use std::net::Ipv4Addr;

use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI084",
    name: "ipv4",
    family: Family::Pii,
    category: "pii.ip",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\b\d{1,3}(?:\.\d{1,3}){3,5}\b",
        anchor: Anchor::Digits(4),
        longest: 23,
        verify,
    }),
};

const WORDS: &[&str] = &[
    "ip ",
    "ip:",
    "ip=",
    "ip\"",
    "addr",
    "address",
    "client",
    "from",
    "host",
    "remote",
    "peer",
    "forwarded",
    "source",
];
const VERSIONS: &[&str] = &["version", "release", " v", "ver.", "build", "firmware", "revision"];

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let address: Ipv4Addr = candidate.matched().parse().ok()?;
    if !is_public(address) || !is_alone(candidate) {
        return None;
    }
    let is_named = candidate.follows_any(WORDS);
    let is_small = address.octets().iter().all(|octet| *octet < 20);
    if !is_named && (is_small || candidate.follows_any(VERSIONS)) {
        return None;
    }
    Some(match is_named {
        true => Hit::new(0.85, Evidence::Context),
        false => Hit::new(0.7, Evidence::Pattern),
    })
}

fn is_public(address: Ipv4Addr) -> bool {
    let [first, second, third, fourth] = address.octets();
    let is_shared = first == 100 && (64..128).contains(&second);
    let is_special = matches!(first, 0 | 224..) || (first == 198 && matches!(second, 18 | 19)) || fourth == 0;
    let is_other = matches!((first, second, third), (192, 0, 0) | (192, 88, 99));
    let is_local = address.is_private() || address.is_loopback() || address.is_link_local();
    !(is_local || address.is_documentation() || is_shared || is_special || is_other)
}

/// Says whether neither a name nor another number is joined to it. A port may follow.
fn is_alone(candidate: &Candidate<'_>) -> bool {
    let before = candidate.before();
    let is_product = before.ends_with('/') && !before.ends_with("//");
    let is_joined = before.ends_with(['.', '-', '_']);
    !is_product && !is_joined && !matches!(candidate.next(), Some('-' | '_'))
}
