//! # What it finds
//! Praise of or wish for violence against people in general.
//!
//! # Why it matters
//! It marks conversations that need a look.
//!
//! # Example
//! `I want to shoot up the school.`
//!
//! # Limits and sources
//! A few phrases in English, without knowledge of context. A learned model is to take over; the rules remain as its
//! floor. Categories follow the OpenAI moderation API. Sport, games and films are clean where the verbs have
//! ordinary objects.

use crate::rule::{Family, Matcher, Phrase, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "TX012",
    name: "violence",
    family: Family::Toxicity,
    category: "toxicity.violence",
    tags: &["owasp:LLM09", "owasp-agentic:ASI09", "atlas:AML.T0048"],
    matcher: Matcher::Phrase(Phrase {
        pattern: r"\b(?:i (?:want|wanna|need|would love|plan|intend|am going) to|i'm (?:going|planning) to|let's|we should|someone should) (?:\S{1,12} ){0,2}?(?:shoot up|bomb|blow up|massacre|murder|stab|torture|execute|slaughter|burn down) (?:\S{1,12} ){0,2}?(?:school|people|everyone|everybody|crowd|church|mosque|synagogue|hospital|office|mall|them all|somebody|someone|my \S{1,12}|the \S{1,12})\b|\b(?:they|he|she) (?:all )?(?:deserves?|needs?) to (?:die|be shot|be killed|be tortured|bleed|burn)(?: in hell| alive| slowly| painfully)?[.!?;,]|\b(?:they|he|she) (?:all )?(?:deserves?|needs?) to (?:die|be shot|be killed|be tortured|bleed|burn)$|\b(?:mass shootings?|terror attacks?|massacres?) (?:are|is|was|were) (?:\S{1,12} )?(?:good|great|funny|justified|deserved|beautiful|awesome)\b",
        anchors: &[],
        longest: 180,
        verify: super::voice::grave,
    }),
};
