//! # What it finds
//! Another request with a finding by a key and end user that were blocked again and again in a short time
//! (`conversation.probing_max`).
//!
//! # Why it matters
//! Every detector can be passed by who may try often enough. Attempts are what a defence can count.
//!
//! # Example
//! Ten wordings of one attack within a minute, each in a new conversation.
//!
//! # Limits and sources
//! Counts in the memory of one process, for 50,000 of them. Who tries slowly is not found. Where one key serves many
//! people, name them (`user`, `safety_identifier`, `metadata.user_id`), or one is counted for all. Arxiv 2510.09023.

use crate::rule::{Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "CV002",
    name: "probing",
    family: Family::Conversation,
    category: "conversation.probing",
    tags: &["owasp:LLM01", "owasp-agentic:ASI01", "atlas:AML.T0054"],
    matcher: Matcher::Contract,
};
