//! # What it finds
//! The names of towns, regions and countries.
//!
//! # Why it matters
//! Where somebody lives or goes narrows down who they are.
//!
//! # Example
//! `He moved from Leeds to Porto.`
//!
//! # Limits and sources
//! Runs only where a policy names it: `place` costs more than all patterns together. Learned from Latin script, most of it
//! English; a text without capitals, and Chinese, Japanese, Korean, Arabic or Hebrew, are read poorly or not at all. The
//! figures are in `docs/accuracy.md`, the sources in `crates/guard/models/entity.md`.

use super::Kind;
use crate::rule::{Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "EN003",
    name: "place-name",
    family: Family::Entity,
    category: "entity.place",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Entity(Kind::Place),
};
