//! # What it finds
//! The names of people, anywhere in a text.
//!
//! # Why it matters
//! A name next to anything else makes it a statement about a person.
//!
//! # Example
//! `Tell Jane Roe that the parcel arrived.`
//!
//! # Limits and sources
//! Runs only where a policy names it: `person` costs more than all patterns together. Learned from Latin script, most of it
//! English; a text without capitals, and Chinese, Japanese, Korean, Arabic or Hebrew, are read poorly or not at all. The
//! figures are in `docs/accuracy.md`, the sources in `crates/guard/models/entity.md`.

use super::Kind;
use crate::rule::{Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "EN001",
    name: "person-name",
    family: Family::Entity,
    category: "entity.person",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Entity(Kind::Person),
};
