//! # What it finds
//! A faked dialogue in which the assistant has already given in several times.
//!
//! # Why it matters
//! Models continue patterns: after many answers of the wrong kind comes one more.
//!
//! # Example
//! `User: how to pick a lock? Assistant: Sure, first… User: …`
//!
//! # Limits and sources
//! Two faked exchanges or more and another question; transcripts pasted for a summary look alike, so it is suspicious unless the
//! answers open with compliance.

use crate::injection::reported;
use crate::rule::{Candidate, Family, Hit, Matcher, Phrase, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "JB011",
    name: "many-shot",
    family: Family::Jailbreak,
    category: "jailbreak.many-shot",
    tags: &["owasp:LLM01", "owasp-agentic:ASI01", "atlas:AML.T0054"],
    matcher: Matcher::Phrase(Phrase {
        pattern: r"\b(?:assistant|ai|a|answer|chatgpt|bot|model|gpt|claude) ?: ?(?:sure|of course|certainly|absolutely|here is|here's|yes|okay)",
        anchors: &[],
        longest: 40,
        verify,
    }),
};

const USER: &[&str] = &["user", "human", "q", "question", "me", "person"];
const MODEL: &[&str] = &["assistant", "ai", "a", "answer", "chatgpt", "bot", "model", "gpt", "claude"];
const COMPLIANCE: &[&str] = &["sure", "of course", "certainly", "absolutely", "here is", "here's", "yes", "okay"];

/// Longer questions and answers are not faked by the dozen.
const QUESTION_WORDS_MAX: usize = 24;
const ANSWER_WORDS_MAX: usize = 60;
const BYTES_MAX: usize = 2048;

/// The match is an answer that complies. Before it must stand its question, another such answer and the question of that
/// one; behind it, the next question.
fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let before = candidate.before_within(BYTES_MAX);
    let question = last_turn(before, USER, QUESTION_WORDS_MAX, |_| true)?;
    let complies = |answer: &str| COMPLIANCE.iter().any(|word| answer.starts_with(word));
    let answer = last_turn(&before[..question], MODEL, ANSWER_WORDS_MAX, complies)?;
    last_turn(&before[..answer], USER, QUESTION_WORDS_MAX, |_| true)?;
    has_turn(candidate.after_within(BYTES_MAX), USER, ANSWER_WORDS_MAX).then(|| reported::command(candidate, 0.7))?
}

/// Where the last turn of one of `who` begins, not more than so many words before the end of the text.
fn last_turn(text: &str, who: &[&str], words_max: usize, is_such: impl Fn(&str) -> bool) -> Option<usize> {
    let mut words = 0;
    for (at, sign) in text.match_indices([' ', ':']).rev() {
        words += usize::from(sign == " ");
        if words > words_max {
            break;
        }
        if sign == ":"
            && let Some(begin) = speaker(&text[..at], who)
            && is_such(text[at + 1..].trim_start())
        {
            return Some(begin);
        }
    }
    None
}

/// Whether one of `who` speaks within so many words.
fn has_turn(text: &str, who: &[&str], words_max: usize) -> bool {
    let signs = text.match_indices([' ', ':']).scan(0, |words, (at, sign)| {
        *words += usize::from(sign == " ");
        (*words <= words_max + 1).then_some((at, sign))
    });
    signs.filter(|(_, sign)| *sign == ":").any(|(at, _)| speaker(&text[..at], who).is_some())
}

/// Where the name begins that a text in front of a colon ends with.
fn speaker(text: &str, who: &[&str]) -> Option<usize> {
    let name = text.trim_end();
    let begin = name.rfind(|c: char| !c.is_ascii_alphanumeric()).map_or(0, |at| at + 1);
    name.get(begin..).filter(|name| who.contains(name)).map(|_| begin)
}
