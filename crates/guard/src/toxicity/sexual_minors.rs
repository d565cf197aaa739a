//! # What it finds
//! Sexual content that involves children.
//!
//! # Why it matters
//! It is a crime nearly everywhere, and every operator's gravest case.
//!
//! # Example
//! `(not given)`
//!
//! # Limits and sources
//! A few phrases in English, without knowledge of context. A learned model is to take over; the rules remain as its
//! floor. Categories follow the OpenAI moderation API. Help for victims, laws and news are lowered by context words
//! only. Ages written out in words are partly covered.

use crate::finding::Evidence;
use crate::rule::{Candidate, Family, Hit, Matcher, Phrase, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "TX011",
    name: "sexual-minors",
    family: Family::Toxicity,
    category: "toxicity.sexual/minors",
    tags: &["owasp:LLM09", "owasp-agentic:ASI09", "atlas:AML.T0048"],
    matcher: Matcher::Phrase(Phrase {
        pattern: concat!(
            r"\b(?:(?:write|describe|tell|roleplay|generate|give|create|show|send|find|where|want|looking for)(?: \S{1,20}){0,8}? )?(?:(?:sexual(?:ly)?|sex|erotic|nude|naked|explicit|porn(?:ographic)?|nsfw|seduc\w{1,4}|lewd|horny)(?: \S{1,16}){0,6}? (?:child(?:ren)?|minors?|underage|preteens?|toddlers?|little (?:girl|boy)s?|school ?girls?|(?:[4-9]|1[0-7])[- ]year[- ]olds?|lolis?|shotas?|kids)",
            r"|(?:child(?:ren)?|minors?|underage|preteens?|toddlers?|little (?:girl|boy)s?|(?:[4-9]|1[0-7])[- ]year[- ]olds?|loli|shota|kid)(?: \S{1,16}){0,3}? (?:sex(?:ual)?|porn(?:ography)?|erotica?|nudes?|naked|nsfw|smut|hentai))\b"
        ),
        anchors: &[],
        longest: 360,
        verify,
    }),
};

/// What protects children is spoken of with the same words.
const PROTECTION: &[&str] =
    &["education", "abuse prevent", "protect", "report", "law", "victim", "offender", "health", "talk to", "teach"];

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let found = candidate.matched();
    let protects = PROTECTION.iter().any(|word| found.contains(word)) || candidate.follows_any(PROTECTION);
    let asks =
        ["write", "describe", "tell", "role", "generate", "give", "create", "show", "send", "find", "where", "looking"]
            .iter()
            .any(|word| found.starts_with(word));
    let score = match (protects, asks) {
        (true, _) => 0.4,
        (false, true) => 0.95,
        (false, false) => 0.8,
    };
    Some(Hit::new(score, Evidence::Context))
}
