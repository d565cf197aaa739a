//! # What it finds
//! The account key in a connection string of Azure Storage, Service Bus or Event Hubs.
//!
//! # Why it matters
//! It opens everything in the account and does not expire.
//!
//! # Example
//! `AccountKey=…==`
//!
//! # Limits and sources
//! A key without its connection string is plain base 64 and is not found. Microsoft, *Configure connection strings*.

use super::entropy;
use super::placeholder::is_placeholder;
use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE008",
    name: "azure-storage-key",
    family: Family::Secret,
    category: "secret.azure",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"(?i)\b(?:account|sharedaccess)key=[A-Za-z0-9+/]{43,86}={1,2}",
        anchor: Anchor::Literals(&["accountkey=", "sharedaccesskey="]),
        longest: 104,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let (name, key) = candidate.matched().split_once('=')?;
    let hit = Hit { trim: (name.len() + 1, 0), ..Hit::new(0.95, Evidence::Entropy) };
    (entropy::is_random(key) && !is_placeholder(key)).then_some(hit)
}
