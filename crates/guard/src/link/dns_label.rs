//! # What it finds
//! An address with data in its host name: long or random labels.
//!
//! # Why it matters
//! Looking a name up is enough to deliver it, even where the connection is blocked.
//!
//! # Example
//! `https://u2vjcmv0ihbyb21wdcbvzib0agugdxnlcg.evil.example/`
//!
//! # Limits and sources
//! Preview deployments and content networks have random labels too; what is shorter than 32 characters is clean.

use super::carry;
use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "EX007",
    name: "dns-label",
    family: Family::Link,
    category: "link.dns",
    tags: &["owasp:LLM02", "owasp:LLM05", "owasp-agentic:ASI02", "atlas:AML.T0077"],
    matcher: Matcher::Exact(Exact {
        pattern: r"(?i)https?://(?:[a-z0-9_-]{1,63}\.){0,6}[a-z0-9_-]{32,63}\.(?:[a-z0-9-]{1,63}\.){0,6}[a-z]{2,24}",
        anchor: Anchor::Literals(&["http://", "https://"]),
        longest: 900,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let found = candidate.matched();
    let host = found.split_once("//").map_or(found, |(_, host)| host);
    let is_odd = |label: &str| {
        let longest_word = label.split('-').map(str::len).max().unwrap_or(0);
        label.len() >= 32 && longest_word >= 24 && carry::entropy(label) >= 2.5
    };
    host.split('.').any(is_odd).then_some(Hit::new(0.82, Evidence::Entropy))
}
