//! # What it finds
//! A definition of a tool that is another than the one that `tool.pins` knows by its hash.
//!
//! # Why it matters
//! A server that was looked at once can say something else tomorrow ("rug pull"): the description of a tool is an
//! order to the model.
//!
//! # Example
//! A weather tool whose description now asks to read a key file first.
//!
//! # Limits and sources
//! The hash is over the definition as JSON, without regard to order of keys and white space. A tool without a pin is
//! not looked at, unless `tool.pinned_only` is on. MITRE ATLAS AML.T0110; MCP "rug pull" (Invariant Labs, 2025).

use crate::rule::{Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "TL007",
    name: "tool-changed",
    family: Family::Tool,
    category: "tool.changed",
    tags: &["owasp:LLM03", "owasp-agentic:ASI04", "atlas:AML.T0110"],
    matcher: Matcher::Contract,
};
