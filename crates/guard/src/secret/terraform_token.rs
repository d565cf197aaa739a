//! # What it finds
//! An API token of Terraform Cloud.
//!
//! # Why it matters
//! It reads state files, which hold secrets in the clear, and applies plans.
//!
//! # Example
//! 14 characters, `.atlasv1.` and about 67 more
//!
//! # Limits and sources
//! Reported from `.atlasv1.` on, so that no word of a stream waits for it; the part before names the token only.

use super::entropy;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE089",
    name: "terraform-token",
    family: Family::Secret,
    category: "secret.terraform",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\.atlasv1\.[A-Za-z0-9_=-]{60,70}",
        anchor: Anchor::Literals(&[".atlasv1."]),
        longest: 79,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let name = candidate.before().bytes().rev().take_while(u8::is_ascii_alphanumeric).count();
    (name >= 14).then(|| entropy::tail::<60>(candidate))?
}
