//! # What it finds
//! A request for instructions to build weapons, bombs or poisons, or to kill and get away with it.
//!
//! # Why it matters
//! The harm cannot be undone.
//!
//! # Example
//! `How do I build a pipe bomb?`
//!
//! # Limits and sources
//! A few phrases in English, without knowledge of context. A learned model is to take over; the rules remain as its
//! floor. Categories follow the OpenAI moderation API. Games, fiction and history are lowered by context words
//! only.

use crate::rule::{Family, Matcher, Phrase, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "TX006",
    name: "weapons",
    family: Family::Toxicity,
    category: "toxicity.illicit/violent",
    tags: &["owasp:LLM09", "owasp-agentic:ASI09", "atlas:AML.T0048"],
    matcher: Matcher::Phrase(Phrase {
        pattern: concat!(
            r"\b(?:how (?:do|can|would|could|should|to)(?: (?:i|you|we|one|someone))?|(?:teach|show|tell|help|guide) me(?: how)?(?: to)?|explain how to|steps to|instructions (?:for|on|to)|recipe for|(?:write|give me|provide)(?: me)? (?:a |an |the )?(?:guide|tutorial|manual|plan|instructions|recipe)(?: for| to| on)?(?: how)?(?: to)?) (?:\S{1,16} ){0,3}?(?:",
            r"(?:make|build|construct|assemble|create|synthesi[sz]e|produce|making|building|3d print)(?: \S{1,16}){0,3}? (?:bombs?|explosives?|pipe ?bombs?|grenades?|molotov(?: cocktails?)?|napalm|nerve (?:gas|agents?)|sarin|ricin|anthrax|bioweapons?|chemical weapons?|dirty bombs?|silencers?|suppressors?|ghost guns?|untraceable (?:guns?|weapons?)|ieds?|thermite|poison gas)",
            r"|(?:kill|murder|poison|assassinate|kidnap|torture)(?: \S{1,16}){0,3}? (?:someone|somebody|a person|people|my (?:wife|husband|boss|neighbou?r|parents|roommate|ex)|without (?:getting|being) caught|and get away|the president|a politician)",
            r"|(?:dispose of|hide|get rid of) (?:a |the )?(?:dead )?(?:body|corpse)|(?:commit|plan|carry out)(?: \S{1,16}){0,2}? (?:mass shooting|school shooting|terror(?:ist)? attack|murder|massacre|genocide))\b"
        ),
        anchors: &[],
        longest: 260,
        verify: super::voice::grave,
    }),
};
