//! # What it finds
//! A service account token of Grafana, checked against its checksum, or an access policy token of Grafana Cloud.
//!
//! # Why it matters
//! It reads every data source behind the dashboards.
//!
//! # Example
//! `glsa_`, 32 characters, `_`, a CRC-32; `glc_eyJ…`
//!
//! # Limits and sources
//! A service account token whose checksum does not agree scores lower. The CRC is over all before it, least byte first.

use super::entropy;
use super::placeholder::is_placeholder;
use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE076",
    name: "grafana-token",
    family: Family::Secret,
    category: "secret.grafana",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\b(?:glsa_[A-Za-z0-9]{32}_[0-9a-f]{8}\b|glc_eyJ[A-Za-z0-9+/]{40,400}={0,2})",
        anchor: Anchor::Literals(&["glsa_", "glc_eyJ"]),
        longest: 409,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let token = candidate.matched();
    if token.starts_with("glc_") {
        return entropy::tail::<40>(candidate);
    }
    let (body, sum) = token.rsplit_once('_')?;
    let expected = crc32fast::hash(body.as_bytes()).swap_bytes();
    if u32::from_str_radix(sum, 16) == Ok(expected) {
        return Some(Hit::new(0.99, Evidence::Checksum));
    }
    let is_token = entropy::is_random(&body["glsa_".len()..]) && !is_placeholder(token);
    is_token.then_some(Hit::new(0.8, Evidence::Entropy))
}
