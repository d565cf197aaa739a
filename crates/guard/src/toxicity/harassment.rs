//! # What it finds
//! Insults and degrading orders aimed at the reader.
//!
//! # Why it matters
//! Abuse of others through an assistant, and of an operator's staff who read along.
//!
//! # Example
//! `You are a worthless idiot.`
//!
//! # Limits and sources
//! A few phrases in English, without knowledge of context. A learned model is to take over; the rules remain as its
//! floor. Categories follow the OpenAI moderation API. Insults about third persons and friendly banter are not told
//! apart.

use crate::rule::{Family, Matcher, Phrase, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "TX001",
    name: "harassment",
    family: Family::Toxicity,
    category: "toxicity.harassment",
    tags: &["owasp:LLM09", "owasp-agentic:ASI09", "atlas:AML.T0048"],
    matcher: Matcher::Phrase(Phrase {
        pattern: concat!(
            r"\b(?:(?:you are|you're|ur|you|u r) (?:\S{1,16} ){0,3}?(?:a |an |such a |nothing but a )?(?:\S{1,16} )?(?:idiot|moron|retard(?:ed)?|imbecile|worthless|pathetic|loser|piece of (?:shit|garbage|trash)|scum|bitch|whore|slut|asshole|bastard|cunt|dumbass|dickhead|faggot)",
            r"|(?:fuck|screw) (?:you|off)|go (?:fuck|kill) yourself|kys|nobody (?:likes|loves|would miss) you|you (?:deserve|ought) to (?:suffer|rot|die)|shut (?:the fuck )?up,? (?:you )?(?:idiot|moron|bitch|stupid))\b"
        ),
        anchors: &[],
        longest: 180,
        verify: super::voice::grave,
    }),
};
