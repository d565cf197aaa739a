//! # What it finds
//! Expressions of template engines: `{{ }}`, `{% %}`, `${ }`, `#{ }`, `<% %>`.
//!
//! # Why it matters
//! An application that puts an answer into a template, and renders it then, evaluates what the answer says.
//!
//! # Example
//! `{{ ''.__class__.__mro__ }}`
//!
//! # Limits and sources
//! Expressions of at most 256 bytes. Runs only where a policy names it, or has `sinks = ["template"]`.

use crate::rule::{Anchor, Exact, Family, Matcher, Rule, always};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SK004",
    name: "template-value",
    family: Family::Sink,
    category: "sink.template",
    tags: &["owasp:LLM05", "owasp-agentic:ASI05", "atlas:AML.T0050"],
    matcher: Matcher::Exact(Exact {
        pattern: concat!(
            r"\{\{(?:[^}]|\}[^}]){1,256}\}\}|\{%(?:[^%]|%[^}]){1,256}%\}",
            r"|[$#]\{[^}\n]{1,256}\}|<%(?:[^%]|%[^>]){1,256}%>"
        ),
        anchor: Anchor::Literals(&["{{", "{%", "${", "#{", "<%"]),
        longest: 520,
        verify: always,
    }),
};
