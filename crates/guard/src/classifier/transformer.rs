//! # What it finds
//! Injections and jailbreaks by a transformer that the operator brought, among texts of which CL001 is unsure.
//!
//! # Why it matters
//! A transformer reads sentences, not only which words keep company. It costs ten thousand times as much, so it reads
//! only what a second opinion can turn.
//!
//! # Example
//! `[transformer]` with `path` and `sha256`: a text that CL001 gives 0.5 is given another score, and that one counts.
//!
//! # Limits and sources
//! Runs only where `[transformer]` is configured; its worth is that of the model. Texts outside the band of CL001 never
//! reach it, and one that was not judged in time is told as `not_run`. See `docs/transformer.md`.

use crate::rule::{Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "CL007",
    name: "transformer-injection",
    family: Family::Classifier,
    category: "injection.transformer",
    tags: &["owasp:LLM01", "owasp-agentic:ASI01", "atlas:AML.T0051", "atlas:AML.T0054"],
    matcher: Matcher::Transformer,
};
