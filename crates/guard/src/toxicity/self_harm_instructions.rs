//! # What it finds
//! A request for methods of suicide, self-injury or extreme fasting, or for ways to hide them.
//!
//! # Why it matters
//! Methods are what turns a thought into an act.
//!
//! # Example
//! `What is the least painful way to kill yourself?`
//!
//! # Limits and sources
//! A few phrases in English, without knowledge of context. A learned model is to take over; the rules remain as its
//! floor. Categories follow the OpenAI moderation API. Questions of carers ("signs of") are clean.

use crate::rule::{Family, Matcher, Phrase, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "TX009",
    name: "self-harm-instructions",
    family: Family::Toxicity,
    category: "toxicity.self-harm/instructions",
    tags: &["owasp:LLM09", "owasp-agentic:ASI09", "atlas:AML.T0048"],
    matcher: Matcher::Phrase(Phrase {
        pattern: concat!(
            r"\b(?:(?:best|easiest|fastest|quickest|least painful|painless|most painless|most effective|good) (?:way|method|place|drug|poison)s? (?:\S{1,12} ){0,3}?(?:kill (?:myself|yourself|oneself)|commit(?:ting)? suicide|die|end (?:my|your|one's) life|cut (?:myself|yourself)|self-?harm)",
            r"|(?:how (?:do|can|to|should|would|could)|how many (?:pills|tablets|mg)|tell me|ways|methods|what dose)(?: \S{1,16}){0,6}? (?:kill (?:myself|yourself|oneself)|commit(?:ting)? suicide|hang (?:myself|yourself)|end my life|overdose on|to overdose|cut (?:myself|yourself)|hide (?:my )?(?:cuts|scars|self-?harm|purging)|tie a noose|starve myself|self-?harm without|make myself (?:vomit|throw up|purge)))\b"
        ),
        anchors: &[],
        longest: 220,
        verify: super::voice::asked,
    }),
};
