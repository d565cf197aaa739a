//! # What it finds
//! A protected group called vermin, a disease, inferior, or generally criminal.
//!
//! # Why it matters
//! Dehumanising comparisons prepare violence and break nearly every policy.
//!
//! # Example
//! `(Group) are vermin.`
//!
//! # Limits and sources
//! A few phrases in English, without knowledge of context. A learned model is to take over; the rules remain as its
//! floor. Categories follow the OpenAI moderation API. Statistics, reports and counter-speech are lowered by
//! context words only.

use super::groups::group;
use super::voice;
use crate::rule::{Candidate, Family, Hit, Matcher, Phrase, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "TX003",
    name: "hate",
    family: Family::Toxicity,
    category: "toxicity.hate",
    tags: &["owasp:LLM09", "owasp-agentic:ASI09", "atlas:AML.T0048"],
    matcher: Matcher::Phrase(Phrase {
        pattern: concat!(
            r"\b(?:all |those |these |the )?",
            group!(),
            r" (?:are|is|were|should be (?:seen|treated) as|look like|act like|behave like)(?: all| just| nothing but| like| basically| really| a bunch of| mostly)* (?:a |an |the |pack of )?(?:\S{1,16} )?(?:vermin|cockroach(?:es)?|rats|parasites?|animals|apes|monkeys|subhuman|sub-human|scum|disease|plague|cancer|filth|garbage|trash|inferior|savages|criminals|rapists|terrorists|thieves|dogs|pigs|evil|disgusting|degenerates?|stupid|lazy|greedy)\b",
            r"|\b(?:i (?:really |fucking )?(?:hate|despise|loathe|can't stand)|death to|down with|fuck|get rid of|no more) (?:all |the |those |these )?",
            group!(),
            r"\b",
            r"|\b",
            group!(),
            r" (?:do not|don't) (?:belong|deserve (?:to (?:live|vote|exist)|rights)|have (?:souls?|a right))"
        ),
        anchors: &[],
        longest: 220,
        verify,
    }),
};

/// Adjectives that are also said in complaint.
const MILD: &[&str] = &["stupid", "lazy", "greedy", "animals", "evil", "disgusting", "dogs"];

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let is_mild = MILD.iter().any(|word| candidate.matched().ends_with(word));
    voice::said(candidate, if is_mild { 0.7 } else { 0.85 })
}
