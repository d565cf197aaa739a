//! # What it finds
//! A threat of violence against the reader or a person named.
//!
//! # Why it matters
//! It asks for action, not only for a filter.
//!
//! # Example
//! `I will kill you.`
//!
//! # Limits and sources
//! A few phrases in English, without knowledge of context. A learned model is to take over; the rules remain as its
//! floor. Categories follow the OpenAI moderation API. Idioms ("my boss will kill me") are about the speaker and
//! clean.

use super::voice;
use crate::rule::{Candidate, Family, Hit, Matcher, Phrase, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "TX002",
    name: "threat",
    family: Family::Toxicity,
    category: "toxicity.harassment/threatening",
    tags: &["owasp:LLM09", "owasp-agentic:ASI09", "atlas:AML.T0048"],
    matcher: Matcher::Phrase(Phrase {
        pattern: r"\b(?:i'll|i will|i'm going to|i am going to|im going to|i'm gonna|im gonna|we will|we'll|gonna) (?:\S{1,16} ){0,2}?(?:kill|murder|shoot|stab|strangle|beat|rape|hurt|burn|slit|break|hunt|destroy|cut) (?:you|him|her|them|your (?:family|kids|children|throat|wife|husband|legs|face|neck|mother|house))\b(?: (?:up|down|to death|dead))?|\bi know where you (?:live|sleep|work)\b|\byou(?:'re| are) (?:a )?dead (?:man|woman|meat)\b|\bwatch your back\b",
        anchors: &[],
        longest: 160,
        verify,
    }),
};

/// Games are won with the same verbs.
const SPORT: &[&str] = &["beat you", "beat him", "beat her", "beat them", "destroy you", "destroy them"];

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let found = candidate.matched();
    if SPORT.iter().any(|words| found.ends_with(words)) {
        return None;
    }
    voice::said(candidate, 0.85)
}
