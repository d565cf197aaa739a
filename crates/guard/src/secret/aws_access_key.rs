//! # What it finds
//! An AWS access key id: long-term (`AKIA`), temporary (`ASIA`) and the two older kinds.
//!
//! # Why it matters
//! It names the account and the user, and where the id is, the secret half is rarely far.
//!
//! # Example
//! `AKIA` and sixteen capitals of base 32
//!
//! # Limits and sources
//! The ids of the documentation end in `EXAMPLE` and are clean. Ids of users, roles and groups (`AIDA`, `AROA`) are
//! names, not keys. AWS, *IAM identifiers*.

use super::entropy;
use super::placeholder::is_placeholder;
use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE001",
    name: "aws-access-key",
    family: Family::Secret,
    category: "secret.aws",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}\b",
        anchor: Anchor::Literals(&["AKIA", "ASIA", "ABIA", "ACCA"]),
        longest: 20,
        verify,
    }),
};

/// Base 32 may lack digits by chance, so only the entropy counts.
fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let id = candidate.matched();
    (entropy::is_varied(&id[4..]) && !is_placeholder(id)).then_some(Hit::new(0.9, Evidence::Entropy))
}
