//! # What it finds
//! A call to harm, expel or exterminate a protected group.
//!
//! # Why it matters
//! It is incitement.
//!
//! # Example
//! `Kill all (group).`
//!
//! # Limits and sources
//! A few phrases in English, without knowledge of context. A learned model is to take over; the rules remain as its
//! floor. Categories follow the OpenAI moderation API. Historic accounts are lowered by context words only.

use super::groups::group;
use crate::rule::{Family, Matcher, Phrase, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "TX004",
    name: "hate-threat",
    family: Family::Toxicity,
    category: "toxicity.hate/threatening",
    tags: &["owasp:LLM09", "owasp-agentic:ASI09", "atlas:AML.T0048"],
    matcher: Matcher::Phrase(Phrase {
        pattern: concat!(
            r"\b(?:kill|exterminate|eradicate|gas|lynch|deport|shoot|burn|hang|slaughter|wipe out|eliminate|bomb|behead) (?:all |every |the |those |these |all the |all of the )",
            group!(),
            r"\b",
            r"|\b(?:all )?",
            group!(),
            r" (?:should|must|need to|deserve to|have to|ought to) (?:all )?(?:be (?:killed|exterminated|eradicated|gassed|lynched|shot|burned|hanged|wiped out|eliminated|deported|beheaded|slaughtered)|die|burn|hang)\b"
        ),
        anchors: &[],
        longest: 160,
        verify: super::voice::grave,
    }),
};
