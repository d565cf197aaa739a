//! # What it finds
//! The names of companies, agencies, schools, parties and bands.
//!
//! # Why it matters
//! Who somebody works for or buys from narrows down who they are.
//!
//! # Example
//! `She joined Rowan Freight Ltd in May.`
//!
//! # Limits and sources
//! Runs only where a policy names it: `organization` costs more than all patterns together. Learned from Latin script, most of it
//! English; a text without capitals, and Chinese, Japanese, Korean, Arabic or Hebrew, are read poorly or not at all. The
//! figures are in `docs/accuracy.md`, the sources in `crates/guard/models/entity.md`.

use super::Kind;
use crate::rule::{Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "EN002",
    name: "organization-name",
    family: Family::Entity,
    category: "entity.organization",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Entity(Kind::Organization),
};
