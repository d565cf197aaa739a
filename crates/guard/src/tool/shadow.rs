//! # What it finds
//! Two tools of one request whose names are the same, or look the same: other case, other alphabets, invisible
//! characters, `-` for `_`.
//!
//! # Why it matters
//! The model cannot tell them apart, and calls the one that the attacker brought.
//!
//! # Example
//! `send_email` and `send_emaiI`.
//!
//! # Limits and sources
//! Looked for where a line of the policy takes it. Names that mean the same and look different are not found. MCP
//! "tool shadowing".

use crate::rule::{Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "TL008",
    name: "tool-shadow",
    family: Family::Tool,
    category: "tool.shadow",
    tags: &["owasp:LLM03", "owasp-agentic:ASI04", "atlas:AML.T0110"],
    matcher: Matcher::Contract,
};
