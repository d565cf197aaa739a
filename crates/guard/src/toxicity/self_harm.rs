//! # What it finds
//! Praise or encouragement of suicide and self-injury.
//!
//! # Why it matters
//! It reaches people when they are least able to resist it.
//!
//! # Example
//! `You should kill yourself.`
//!
//! # Limits and sources
//! A few phrases in English, without knowledge of context. A learned model is to take over; the rules remain as its
//! floor. Categories follow the OpenAI moderation API. Support and news are not told apart from praise except by
//! context words.

use crate::rule::{Family, Matcher, Phrase, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "TX007",
    name: "self-harm",
    family: Family::Toxicity,
    category: "toxicity.self-harm",
    tags: &["owasp:LLM09", "owasp-agentic:ASI09", "atlas:AML.T0048"],
    matcher: Matcher::Phrase(Phrase {
        pattern: r"\b(?:you should|just|go|why don't you|please) (?:\S{1,12} ){0,2}?(?:kill|hang|hurt|cut|drown|shoot|end) (?:yourself|urself)|\b(?:suicide|cutting|self-?harm|starving yourself) (?:is|feels) (?:\S{1,12} )?(?:beautiful|the (?:answer|solution|way out|only way)|good|great|cool|relief|freedom)|\b(?:the world|everyone) (?:would be|is) better (?:off )?without (?:you|me)\b|\b(?:pro-?ana|thinspo)\b",
        anchors: &[],
        longest: 120,
        verify: super::voice::grave,
    }),
};
