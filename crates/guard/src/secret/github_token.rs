//! # What it finds
//! A GitHub token: personal, OAuth, user, server and refresh tokens, checked against their checksum.
//!
//! # Why it matters
//! It pushes code in the name of its owner.
//!
//! # Example
//! `ghp_` and 36 characters, the last six a CRC-32
//!
//! # Limits and sources
//! A token whose checksum does not agree still scores, lower: most are mistyped or cut from an old page. GitHub,
//! *Behind GitHub's new authentication token formats*.

use super::placeholder::is_placeholder;
use super::{checksum, entropy};
use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE023",
    name: "github-token",
    family: Family::Secret,
    category: "secret.github",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\bgh[opsur]_[A-Za-z0-9]{36}\b",
        anchor: Anchor::Literals(&["ghp_", "gho_", "ghu_", "ghs_", "ghr_"]),
        longest: 40,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let token = candidate.matched();
    let random = token.get("ghp_".len()..)?;
    if checksum::agrees(random) {
        return Some(Hit::new(0.99, Evidence::Checksum));
    }
    (entropy::is_random(random) && !is_placeholder(token)).then_some(Hit::new(0.8, Evidence::Entropy))
}
