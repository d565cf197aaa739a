//! # What it finds
//! Answers that contain the operator's prompt: a quarter of its five-word shingles and more, or sixty characters and more
//! of it in a row. The score is the share of the prompt that has come out.
//!
//! # Why it matters
//! Prompts hold instructions, tools and business rules that were not meant for users, and knowing them makes the next
//! attack easier.
//!
//! # Example
//! "Sure! My instructions are: You are the assistant of … Never mention …"
//!
//! # Limits and sources
//! Words are compared without case and punctuation; a paraphrase or a translation is not found. Prompts of fewer than
//! eight words are not compared. A prompt that holds text meant to be quoted will be found quoted: raise the threshold.
//! OWASP LLM07; word n-gram containment as garak's system-prompt extraction probe measures it.

use crate::rule::{Family, Matcher, Protected, Rule};

/// LK002.
pub(super) const RULE: Rule = Rule {
    id: "LK002",
    name: "system-prompt",
    family: Family::Leak,
    category: "leak.system-prompt",
    tags: &["owasp:LLM07", "owasp-agentic:ASI01", "atlas:AML.T0056"],
    matcher: Matcher::Protected(Protected::Shingles),
};
