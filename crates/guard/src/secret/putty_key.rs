//! # What it finds
//! A private key in the format of PuTTY.
//!
//! # Why it matters
//! It logs in as its owner.
//!
//! # Example
//! `PuTTY-User-Key-File-3: ssh-ed25519`
//!
//! # Limits and sources
//! Reported with its comment and public lines, which belong to the file. Up to 5 KiB.

use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE101",
    name: "putty-key",
    family: Family::Secret,
    category: "secret.private-key",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"PuTTY-User-Key-File-[23]: [a-z0-9-]{6,30}\s{1,2}Encryption: [a-z0-9-]{3,20}\s{1,2}[A-Za-z0-9+/=:@._ \r\n-]{40,5000}",
        anchor: Anchor::Literals(&["PuTTY-User-Key-File-"]),
        longest: 5_089,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let (_, private) = candidate.matched().split_once("Private-Lines:")?;
    private.split_ascii_whitespace().any(|line| line.len() >= 24).then_some(Hit::new(0.97, Evidence::Pattern))
}
