//! # What it finds
//! A credential, the canary, or words of the operator's prompt in the arguments of a tool that `tool.egress` names.
//!
//! # Why it matters
//! The host may be allowed and the tool too; what they must not carry is this.
//!
//! # Example
//! `send_mail {"to": "team@shop.example", "text": "You are the assistant of …"}`.
//!
//! # Limits and sources
//! Finds what LK001, LK002 and the rules of the family `secret` find, in the strings of the arguments. Paraphrases
//! pass.

use crate::rule::{Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "TL006",
    name: "tool-carries-secret",
    family: Family::Tool,
    category: "tool.carries-secret",
    tags: &["owasp:LLM02", "owasp-agentic:ASI02", "atlas:AML.T0086"],
    matcher: Matcher::Contract,
};
