//! # What it finds
//! The signature of a shared access signature of Azure Storage.
//!
//! # Why it matters
//! The address alone opens the container or the file until it expires.
//!
//! # Example
//! `?sv=…&se=…&sig=…`
//!
//! # Limits and sources
//! Reported only where a version, an expiry or permissions stand before it in the same address.

use super::entropy;
use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE010",
    name: "azure-sas",
    family: Family::Secret,
    category: "secret.azure",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: "(?i)[?&]sig=[A-Za-z0-9%/+]{43,120}(?:=|%3D)?",
        anchor: Anchor::Literals(&["sig="]),
        longest: 128,
        verify,
    }),
};

const BEFORE: &[&str] = &["sv=", "se=", "sp="];

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let signature = candidate.matched().get("?sig=".len()..)?;
    let is_signature = candidate.follows_any(BEFORE) && entropy::is_random(signature) && entropy::ends(candidate);
    is_signature.then_some(Hit { trim: ("?sig=".len(), 0), ..Hit::new(0.9, Evidence::Context) })
}
