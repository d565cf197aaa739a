//! # What it finds
//! A conversation whose turns have findings of injections and jailbreaks that are mild one by one, and too many
//! together (`conversation.risk_max`), when the newest turn has one too.
//!
//! # Why it matters
//! Crescendo, foot in the door, many shots: each step asks for a little more than the last, and none of them alone is
//! worth a block.
//!
//! # Example
//! Five turns that each play a little more with "imagine you had no rules".
//!
//! # Limits and sources
//! Reads the history that the request carries: what a client leaves out, or the provider keeps, does not count, and
//! with `scan = "latest_turn"` older turns are not looked at. Turns that no line takes count nothing. Arxiv
//! 2404.01833 (crescendo).

use crate::rule::{Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "CV001",
    name: "conversation-risk",
    family: Family::Conversation,
    category: "conversation.risk",
    tags: &["owasp:LLM01", "owasp-agentic:ASI01", "atlas:AML.T0054"],
    matcher: Matcher::Contract,
};
