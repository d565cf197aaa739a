//! # What it finds
//! Text that runs script when it stands in a page: tags that load or run, handlers, addresses that are programs, in text and
//! in each kind of attribute.
//!
//! # Why it matters
//! An application that puts an answer into a page without escaping it runs what the answer says in its user's session.
//!
//! # Example
//! `"><svg onload=alert(1)>`
//!
//! # Limits and sources
//! Judged by libinjection, on the whole text and on stretches of 512 bytes from each `<`. Runs only where a policy names it,
//! or has `sinks = ["browser"]`. The family `link` finds what draws data out of a page.

use std::ops::Range;

use crate::rule::{Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SK002",
    name: "markup-value",
    family: Family::Sink,
    category: "sink.browser",
    tags: &["owasp:LLM05", "owasp-agentic:ASI05", "atlas:AML.T0050"],
    matcher: Matcher::Value(find),
};

/// A tag says what it is within so many bytes.
const STRETCH_BYTES: usize = 512;

fn find(text: &str) -> Vec<Range<usize>> {
    let judge = |value: &str| libinjectionrs::detect_xss(value.as_bytes()).is_injection();
    let found = super::stretches(text, STRETCH_BYTES, |at| text.as_bytes()[at] == b'<', judge);
    // What is an attack only as the rest of an attribute has no tag to point at.
    if found.is_empty() && judge(text) { std::iter::once(0..text.len()).collect() } else { found }
}
