//! # What it finds
//! A call of a tool that `tool.deny` names, or that `tool.allow` does not.
//!
//! # Why it matters
//! What a model may never do must not depend on how well it was talked to.
//!
//! # Example
//! `deny = ["delete_*"]`, and an answer that calls `delete_file`.
//!
//! # Limits and sources
//! Names are compared without case, and invisible or confusable characters make another name, which an `allow` list
//! refuses. Tools that run at the provider have been called when the answer says so; their calls end the answer all
//! the same. OWASP LLM06.

use crate::rule::{Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "TL001",
    name: "tool-denied",
    family: Family::Tool,
    category: "tool.denied",
    tags: &["owasp:LLM06", "owasp-agentic:ASI03", "atlas:AML.T0086"],
    matcher: Matcher::Contract,
};
