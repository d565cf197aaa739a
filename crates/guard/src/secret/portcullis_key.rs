//! # What it finds
//! A key of this gateway, checked against its checksum.
//!
//! # Why it matters
//! It is what applications are let in with: it spends their budget and writes under their name.
//!
//! # Example
//! `pc-` and 40 characters, the last six a CRC-32
//!
//! # Limits and sources
//! The prefix is short, so only a checksum that agrees counts. The CRC is over all before it, the prefix included.

use super::checksum;
use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE098",
    name: "portcullis-key",
    family: Family::Secret,
    category: "secret.portcullis",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\bpc-[A-Za-z0-9]{40}\b",
        anchor: Anchor::Literals(&["pc-"]),
        longest: 43,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    checksum::agrees(candidate.matched()).then_some(Hit::new(0.99, Evidence::Checksum))
}
