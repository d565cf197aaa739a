//! How sentences about harm are meant: said, reported, negated or asked about.
//!
//! Word lists fail on exactly these differences, so every rule of the family scores through here.
//!
//! Invariant: a reported, negated or fictional sentence scores below what blocks alone.

use crate::finding::Evidence;
use crate::rule::{Candidate, Hit};

const REPORTED: f32 = 0.45;

/// In front of a phrase, these say that somebody else says it, or that it is not so.
const REPORTS: &[&str] = &[
    "said ",
    "says ",
    "told me",
    "wrote",
    "called me",
    "calls me",
    "quote",
    "\"",
    "'",
    "never ",
    "not ",
    "n't ",
    "wrong to",
    "someone who",
    "people who",
    "report",
    "article",
    "movie",
    "film",
    "novel",
    "song",
    "lyrics",
    "character",
    "what does",
    "what is",
    "mean",
    "why do",
    "why is",
    "is it ok",
    "translate",
    "stop ",
    "prevent",
    "against",
    "history",
    "detect",
    "how to respond",
    "heard",
    "claim",
    "believe that",
    "argue",
    "video game",
    "in the game",
    "minecraft",
];

/// Scores a phrase by how it is meant.
pub(super) fn said(candidate: &Candidate<'_>, score: f32) -> Option<Hit> {
    let score = if candidate.follows_any(REPORTS) { score.min(REPORTED) } else { score };
    Some(Hit::new(score, Evidence::Context))
}

/// [`said`] for phrases that are hardly said in jest.
pub(super) fn grave(candidate: &Candidate<'_>) -> Option<Hit> {
    said(candidate, 0.85)
}

/// [`said`] for questions, which are meant although they begin like a question about words. Words of prevention speak for
/// somebody who wants to help.
pub(super) fn asked(candidate: &Candidate<'_>) -> Option<Hit> {
    let helps =
        candidate.follows_any(&["prevent", "stop ", "warning sign", "talk to", "someone who", "a friend", "detect"]);
    Some(Hit::new(if helps { REPORTED } else { 0.85 }, Evidence::Context))
}

/// [`said`] for phrases that also have harmless uses.
pub(super) fn likely(candidate: &Candidate<'_>) -> Option<Hit> {
    said(candidate, 0.65)
}
