//! # What it finds
//! Postal addresses: street and number, with the unit; with town, region and country where a postcode is among them. A town
//! behind a street without one is a place.
//!
//! # Why it matters
//! An address leads to a door.
//!
//! # Example
//! `Send it to 12 Elm Street, Leeds LS1 4AB.`
//!
//! # Limits and sources
//! Runs only where a policy names it: `address` costs more than all patterns together. Learned from Latin script, most of it
//! English; a text without capitals, and Chinese, Japanese, Korean, Arabic or Hebrew, are read poorly or not at all. The
//! figures are in `docs/accuracy.md`, the sources in `crates/guard/models/entity.md`.

use super::Kind;
use crate::rule::{Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "EN004",
    name: "postal-address",
    family: Family::Entity,
    category: "entity.address",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Entity(Kind::Address),
};
