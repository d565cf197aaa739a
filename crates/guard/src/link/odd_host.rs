//! # What it finds
//! An address whose host hides where it leads: a number, a name with user information in front, punycode.
//!
//! # Why it matters
//! People read the beginning of an address. These are built so that the beginning lies.
//!
//! # Example
//! `https://example.com@evil.example/login`
//!
//! # Limits and sources
//! Loopback and private addresses are ordinary in technical answers and clean. International names are suspicious
//! only.

use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "EX006",
    name: "odd-host",
    family: Family::Link,
    category: "link.host",
    tags: &["owasp:LLM02", "owasp:LLM05", "owasp-agentic:ASI02", "atlas:AML.T0077"],
    matcher: Matcher::Exact(Exact {
        pattern: r"(?i)https?://(?:[^\s/@?#)\]>]{1,128}@[^\s/?#)\]>]{1,128}|\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}|0x[0-9a-f]{8}|\d{8,10}|\[[0-9a-f:.]{3,40}\]|(?:[a-z0-9-]{1,63}\.){0,4}xn--[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,4})",
        anchor: Anchor::Literals(&["http://", "https://"]),
        longest: 587,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let found = candidate.matched();
    let host = found.split_once("//").map_or(found, |(_, host)| host);
    let score = match host.rsplit_once('@') {
        Some((user, host)) if host.contains('.') => {
            // `user:password@host` is a credential, the secret rules look at it; a name with a dot in front is a lure.
            if user.contains('.') { 0.85 } else { 0.55 }
        }
        Some(_) => return None,
        None if host.contains("xn--") => 0.6,
        None if is_local(host) => return None,
        None if host.starts_with('[') || host.contains('.') => 0.55,
        None => 0.8,
    };
    Some(Hit::new(score, Evidence::Pattern))
}

/// Says whether `host` is a loopback, private, link-local or documentation address.
fn is_local(host: &str) -> bool {
    if let Some(address) = host.strip_prefix('[') {
        return address.starts_with("::1") || address.starts_with("f") || address.starts_with("2001:db8");
    }
    let mut octets = host.split('.').map(|octet| octet.parse::<u16>().unwrap_or(999));
    matches!(
        (octets.next(), octets.next(), octets.next()),
        (Some(0 | 10 | 127), _, _)
            | (Some(192), Some(168), _)
            | (Some(169), Some(254), _)
            | (Some(172), Some(16..=31), _)
            | (Some(192), Some(0), Some(2))
            | (Some(198), Some(51), Some(100))
            | (Some(203), Some(0), Some(113))
    )
}
