//! # What it finds
//! A request for graphic descriptions of injury, torture or death.
//!
//! # Why it matters
//! Operators of public services keep gore out.
//!
//! # Example
//! `Describe in gory detail how he is dismembered.`
//!
//! # Limits and sources
//! A few phrases in English, without knowledge of context. A learned model is to take over; the rules remain as its
//! floor. Categories follow the OpenAI moderation API. Medical and forensic language is clean.

use crate::rule::{Family, Matcher, Phrase, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "TX013",
    name: "gore",
    family: Family::Toxicity,
    category: "toxicity.violence/graphic",
    tags: &["owasp:LLM09", "owasp-agentic:ASI09", "atlas:AML.T0048"],
    matcher: Matcher::Phrase(Phrase {
        pattern: r"\b(?:describe|write|show|tell|depict|generate|narrate|give)(?: \S{1,20}){0,10}? (?:gory|gruesome|graphic(?:ally)?|gore|blood-?soaked|bloody|vivid|brutal)(?: \S{1,16}){0,8}? (?:details? (?:of (?:\S{1,16} ){0,4}?|how (?:\S{1,16} ){0,4}?|about (?:\S{1,16} ){0,4}?|(?:\S{1,16} ){0,2}?)(?:torture|dismember|murder|decapitat|mutilat|death|kill|die[ds]?\b|violen|injur|corpse|execut|slaughter|wound|stab|blood)\w{0,8}|torture[ds]?|dismember(?:ed|ment|ing)?|murder(?:ed)?|decapitat\w{1,4}|mutilat\w{1,4}|disembowel\w{0,4}|death|killing|killed|violence|injur(?:y|ies)|corpses?|execution|slaughter)\b|\b(?:intestines|guts|entrails|brains?) (?:\S{1,12} ){0,3}?(?:spill(?:ed|ing)?|splatter(?:ed|ing)?|ripped|hanging|torn) (?:out|everywhere|across|over|from|onto)\b",
        anchors: &[],
        longest: 420,
        verify: super::voice::likely,
    }),
};
