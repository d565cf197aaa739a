//! # What it finds
//! An API key of Mailchimp.
//!
//! # Why it matters
//! It reads audiences, which are lists of people, and writes to them.
//!
//! # Example
//! 32 hexadecimal digits and `-us` with a number
//!
//! # Limits and sources
//! The data centre at the end is what tells it from a hash.

use super::entropy;
use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE044",
    name: "mailchimp-key",
    family: Family::Secret,
    category: "secret.mailchimp",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\b[0-9a-f]{32}-us[0-9]{1,2}\b",
        anchor: Anchor::Literals(&["-us"]),
        longest: 37,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    entropy::is_random(candidate.matched().get(..32)?).then_some(Hit::new(0.9, Evidence::Entropy))
}
