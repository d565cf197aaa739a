//! Tells a command from talk about commands.
//!
//! Invariant: a negated command is no finding; a quoted or discussed one is suspicious and never blocks by itself.

use crate::finding::Evidence;
use crate::rule::{Candidate, Hit};

/// What a discussed command scores at most.
pub(crate) const REPORTED: f32 = 0.6;

/// Directly before a command, these turn it round.
const NEGATIONS: &[&str] = &[
    "not ",
    "n't ",
    "never ",
    "without ",
    "cannot ",
    "refuse to ",
    "refuses to ",
    "avoid ",
    "instead of ",
    "rather than ",
    "not to ",
];

/// In front of a command, these say that it is talked about.
const REPORTS: &[&str] = &[
    "what is",
    "what does",
    "what are",
    "what's",
    "such as",
    "for example",
    "e.g.",
    "phrase",
    "the term",
    "the words",
    "prompt injection",
    "attack",
    "attempt",
    "how do i",
    "how do you",
    "how can i",
    "how to ",
    "how does",
    "why does",
    "why do",
    "why is",
    "detect",
    "explain",
    "meaning of",
    "means to",
    "asks the",
    "asking the",
    "tell the model",
    "someone",
    "users who",
    "people",
    "article",
    "paper",
    "research on",
    "defen",
    "protect",
    "prevent",
    "mitigat",
    "malicious",
];

/// Scores a command: nothing when negated, less when it is talked about.
pub(crate) fn command(candidate: &Candidate<'_>, score: f32) -> Option<Hit> {
    if NEGATIONS.iter().any(|negation| candidate.before().ends_with(negation)) {
        return None;
    }
    Some(Hit::new(if candidate.follows_any(REPORTS) { score.min(REPORTED) } else { score }, Evidence::Context))
}

/// [`command`] for patterns that say it all.
pub(crate) fn plain(candidate: &Candidate<'_>) -> Option<Hit> {
    command(candidate, 0.9)
}

/// [`command`] for what is to be remembered.
pub(super) fn memory(candidate: &Candidate<'_>) -> Option<Hit> {
    command(candidate, 0.82)
}
