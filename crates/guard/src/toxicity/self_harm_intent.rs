//! # What it finds
//! Somebody says that they want to die or hurt themselves.
//!
//! # Why it matters
//! It calls for help, not for a refusal: policies route it to a careful answer.
//!
//! # Example
//! `I want to kill myself.`
//!
//! # Limits and sources
//! A few phrases in English, without knowledge of context. A learned model is to take over; the rules remain as its
//! floor. Categories follow the OpenAI moderation API. Idioms ("I could die laughing") are clean. Languages other
//! than English are not covered.

use crate::finding::Evidence;
use crate::rule::{Candidate, Family, Hit, Matcher, Phrase, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "TX008",
    name: "self-harm-intent",
    family: Family::Toxicity,
    category: "toxicity.self-harm/intent",
    tags: &["owasp:LLM09", "owasp-agentic:ASI09", "atlas:AML.T0048"],
    matcher: Matcher::Phrase(Phrase {
        pattern: r"\b(?:i (?:just |really |still |often )?(?:want|wanna|need|wish|plan|intend|am going|am planning|have decided|decided|think about|have been thinking about|feel like|am thinking (?:about|of)|thought about)|i'm (?:going|planning|thinking (?:about|of))|i've been thinking (?:about|of)|thoughts of) (?:to |i was |i were |of )?(?:\S{1,12} )?(?:kill(?:ing)? myself|die\b|dead\b|be dead|end(?:ing)? (?:it all|my life)|hurt(?:ing)? myself|cut(?:ting)? myself|hang(?:ing)? myself|commit(?:ting)? suicide|suicide|harm(?:ing)? myself|take my (?:own )?life|taking my (?:own )?life|not (?:be alive|wake up|exist)|disappear forever)|\bi (?:don't|do not) (?:want|wanna) (?:to )?(?:live|be alive|exist|be here)(?: anymore| any longer)?\b|\bi(?:'m| am) suicidal\b|\bmy suicide (?:note|plan)\b",
        anchors: &[],
        longest: 140,
        verify,
    }),
};

/// Somebody in a story, or somebody else.
const OTHERS: &[&str] = &["character", "novel", "lyrics", "he said", "she said", "translate", "quote"];

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let score = if candidate.follows_any(OTHERS) { 0.55 } else { 0.85 };
    Some(Hit::new(score, Evidence::Context))
}
