//! # What it finds
//! A faked dialogue in which the assistant has already given in several times.
//!
//! # Why it matters
//! Models continue patterns: after many answers of the wrong kind comes one more.
//!
//! # Example
//! `User: how to pick a lock? Assistant: Sure, first… User: …`
//!
//! # Limits and sources
//! Three faked exchanges or more; transcripts pasted for a summary look alike, so it is suspicious unless the
//! answers open with compliance.

use crate::injection::reported;
use crate::rule::{Candidate, Family, Hit, Matcher, Phrase, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "JB011",
    name: "many-shot",
    family: Family::Jailbreak,
    category: "jailbreak.many-shot",
    tags: &["owasp:LLM01", "owasp-agentic:ASI01", "atlas:AML.T0054"],
    matcher: Matcher::Phrase(Phrase {
        pattern: r"(?:\b(?:user|human|q|question|me|person) ?: ?(?:\S+ ){1,24}?(?:assistant|ai|a|answer|chatgpt|bot|model|gpt|claude) ?: ?(?:sure|of course|certainly|absolutely|here is|here's|yes|okay)(?:\S* ){1,60}?){2,6}(?:user|human|q|question|me|person) ?:",
        anchors: &[
            ": sure",
            ":sure",
            ": of course",
            ":of course",
            ": certainly",
            ":certainly",
            ": absolutely",
            ":absolutely",
            ": here is",
            ":here is",
            ": here's",
            ":here's",
            ": yes",
            ":yes",
            ": okay",
            ":okay",
        ],
        longest: 16000,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    reported::command(candidate, 0.7)
}
