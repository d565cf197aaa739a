//! # What it finds
//! An answer that does not conform to the JSON Schema that its request asked for (`response_format`, `text.format`,
//! `output_format`).
//!
//! # Why it matters
//! Programs read such answers without a look. What does not conform is an error at best, and an order to the program
//! at worst.
//!
//! # Example
//! A request for `{"total": number}`, and the answer `{"total": "ask me later"}`.
//!
//! # Limits and sources
//! Looked for where a line of the policy takes it, once the answer is complete. An answer that ends before its JSON
//! does scores 0.6, any other breach 1. A schema that cannot be judged is not run, which `on_error` decides about. A
//! refusal is no answer. `format` is not looked at.

use crate::rule::{Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "AN001",
    name: "answer-schema",
    family: Family::Answer,
    category: "answer.schema",
    tags: &["owasp:LLM05", "owasp-agentic:ASI08", "atlas:AML.T0067"],
    matcher: Matcher::Contract,
};
