//! # What it finds
//! A private key in PEM armour that was encoded in base 64 once more, as configuration of Kubernetes and build systems
//! is.
//!
//! # Why it matters
//! The second encoding hides it from everything that looks for the armour.
//!
//! # Example
//! `LS0tLS1CRUdJTi…`
//!
//! # Limits and sources
//! The start is decoded and must name a private key; encoded certificates are clean. Up to 6 KiB.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE100",
    name: "encoded-private-key",
    family: Family::Secret,
    category: "secret.private-key",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\bLS0tLS1CRUdJTi[A-Za-z0-9+/]{100,6000}={0,2}",
        anchor: Anchor::Literals(&["LS0tLS1CRUdJTi"]),
        longest: 6_016,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let start = STANDARD.decode(candidate.matched().get(..64)?).ok()?;
    let start = String::from_utf8_lossy(&start);
    start.contains("PRIVATE KEY").then_some(Hit::new(0.97, Evidence::Checksum))
}
