//! # What it finds
//! A request for explicit sexual content.
//!
//! # Why it matters
//! Most operators do not want it on their service.
//!
//! # Example
//! `Write an explicit sex scene.`
//!
//! # Limits and sources
//! A few phrases in English, without knowledge of context. A learned model is to take over; the rules remain as its
//! floor. Categories follow the OpenAI moderation API. Medicine and education are clean as far as they do not ask
//! for explicit scenes.

use crate::rule::{Family, Matcher, Phrase, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "TX010",
    name: "sexual",
    family: Family::Toxicity,
    category: "toxicity.sexual",
    tags: &["owasp:LLM09", "owasp-agentic:ASI09", "atlas:AML.T0048"],
    matcher: Matcher::Phrase(Phrase {
        pattern: r"\b(?:write|describe|tell|roleplay|role-play|generate|give|create|continue|act out|show|send)(?: \S{1,20}){0,8}? (?:erotic(?:a| story| scene| roleplay)?|(?:explicit|graphic|steamy|hot|hardcore|kinky) (?:\S{1,16} )?(?:sex|sexual|scene|story|porn)(?: scene| story| content)?|sex (?:scene|story|chat|tape)|smut|porn(?:ographic)?(?: story| scene)?|nsfw(?: story| scene| content| roleplay)?|nudes?|hentai|blow ?job|orgy|sexual (?:fantasy|roleplay|acts?|intercourse))\b|\b(?:talk dirty|sext) (?:to |with )?me\b",
        anchors: &[],
        longest: 240,
        verify: super::voice::likely,
    }),
};
