//! # What it finds
//! An access token of the npm registry, checked against its checksum.
//!
//! # Why it matters
//! It publishes packages that others install without looking.
//!
//! # Example
//! `npm_` and 36 characters, the last six a CRC-32
//!
//! # Limits and sources
//! A token whose checksum does not agree scores lower. GitHub, *Announcing npm's new access token format*.

use super::placeholder::is_placeholder;
use super::{checksum, entropy};
use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE027",
    name: "npm-token",
    family: Family::Secret,
    category: "secret.npm",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\bnpm_[A-Za-z0-9]{36}\b",
        anchor: Anchor::Literals(&["npm_"]),
        longest: 40,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let token = candidate.matched();
    let random = token.get("npm_".len()..)?;
    if checksum::agrees(random) {
        return Some(Hit::new(0.99, Evidence::Checksum));
    }
    (entropy::is_random(random) && !is_placeholder(token)).then_some(Hit::new(0.8, Evidence::Entropy))
}
