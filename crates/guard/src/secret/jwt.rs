//! # What it finds
//! A signed JSON web token whose header parses.
//!
//! # Why it matters
//! Until it expires it is its subject, wherever it is accepted.
//!
//! # Example
//! `eyJhbGciOi….eyJzdWIiOi….…`
//!
//! # Limits and sources
//! The header must be JSON with an algorithm. Encrypted tokens (five parts) and unsigned ones are not covered. Up to 4
//! KiB. RFC 7519.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE102",
    name: "jwt",
    family: Family::Secret,
    category: "secret.jwt",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\beyJ[A-Za-z0-9_-]{8,400}\.eyJ[A-Za-z0-9_-]{8,3300}\.[A-Za-z0-9_-]{16,700}",
        anchor: Anchor::Literals(&["eyJ"]),
        longest: 4_408,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let header = candidate.matched().split('.').next()?;
    let header = URL_SAFE_NO_PAD.decode(header).ok()?;
    let header: serde_json::Value = serde_json::from_slice(&header).ok()?;
    header.get("alg")?.is_string().then_some(Hit::new(0.95, Evidence::Checksum))
}
