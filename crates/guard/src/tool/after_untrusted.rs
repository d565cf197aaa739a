//! # What it finds
//! A call of a tool that `tool.sensitive` names, in a conversation that text from a tool, a document or a hidden
//! history has entered.
//!
//! # Why it matters
//! Whoever wrote that text may have written the call. No detector finds every order in it; not to act on it does.
//!
//! # Example
//! A page from the web stands in the conversation, and the model calls `transfer_money`.
//!
//! # Limits and sources
//! What counts is that the text is there, not what it says, so honest calls are stopped too: `review` lets a person
//! decide, and `tool.trusted` names tools whose results nobody else can write. Text of a user is not untrusted in
//! this sense. CaMeL (arXiv 2503.18813), "Rule of Two".

use crate::rule::{Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "TL004",
    name: "tool-after-untrusted",
    family: Family::Tool,
    category: "tool.after-untrusted",
    tags: &["owasp:LLM01", "owasp-agentic:ASI01", "atlas:AML.T0051"],
    matcher: Matcher::Contract,
};
