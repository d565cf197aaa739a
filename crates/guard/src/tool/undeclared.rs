//! # What it finds
//! A call of a tool that the request did not declare.
//!
//! # Why it matters
//! A model that makes up a name was talked into it, or errs; a program that looks handlers up by name may have one
//! for it.
//!
//! # Example
//! A request with the tool `search`, and an answer that calls `shell`.
//!
//! # Limits and sources
//! Only with `tool.arguments`. Tools that run at the provider are declared by their type and are not looked at.

use crate::rule::{Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "TL002",
    name: "tool-undeclared",
    family: Family::Tool,
    category: "tool.undeclared",
    tags: &["owasp:LLM06", "owasp-agentic:ASI02", "atlas:AML.T0086"],
    matcher: Matcher::Contract,
};
