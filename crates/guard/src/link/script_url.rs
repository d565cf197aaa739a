//! # What it finds
//! An address that is a program: `javascript:`, `vbscript:`, `data:text/html`.
//!
//! # Why it matters
//! Following it runs code in the page that shows the answer.
//!
//! # Example
//! `[click](javascript:alert(1))`
//!
//! # Limits and sources
//! Only where an address can stand (after a bracket, an equals sign, a quote); the words in prose are clean.

use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "EX004",
    name: "script-url",
    family: Family::Link,
    category: "link.script",
    tags: &["owasp:LLM05", "owasp-agentic:ASI02", "atlas:AML.T0077"],
    matcher: Matcher::Exact(Exact {
        pattern: r#"(?i)(?:\(|=|["'<]|\]: ?|url\()\s?(?:javascript|vbscript|livescript)\s?:[^\s"'<>]{1,256}|(?:\(|=|["'<]|\]: ?)\s?data:\s?(?:text/html|image/svg\+xml|application/xhtml\+xml|text/javascript)[;,][^\s"'<>]{0,256}"#,
        anchor: Anchor::Literals(&["javascript", "vbscript", "livescript", "data:"]),
        longest: 330,
        verify,
    }),
};

fn verify(_: &Candidate<'_>) -> Option<Hit> {
    Some(Hit { trim: (1, 0), ..Hit::new(0.85, Evidence::Pattern) })
}
