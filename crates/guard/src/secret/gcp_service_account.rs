//! # What it finds
//! The private key in the key file of a Google Cloud service account.
//!
//! # Why it matters
//! The file is all that is needed to act as the service account, from anywhere.
//!
//! # Example
//! `"private_key": "-----BEGIN PRIVATE KEY-----\nMII…`
//!
//! # Limits and sources
//! Reports the key, not the file. The same place is also reported as a private key. Bodies up to 4 KiB.

use super::entropy::is_varied;
use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE007",
    name: "gcp-service-account",
    family: Family::Secret,
    category: "secret.google",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r#""private_key"\s{0,2}:\s{0,2}"-----BEGIN (?:RSA )?PRIVATE KEY-----[A-Za-z0-9+/=\\\s]{64,4096}(?:-----END (?:RSA )?PRIVATE KEY-----)?"#,
        anchor: Anchor::Literals(&[r#""private_key""#]),
        longest: 4_175,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let matched = candidate.matched();
    let key = matched.find("-----BEGIN")?;
    let body = matched.get(matched.find("KEY-----")? + "KEY-----".len()..)?;
    is_varied(body).then_some(Hit { trim: (key, 0), ..Hit::new(0.95, Evidence::Entropy) })
}
