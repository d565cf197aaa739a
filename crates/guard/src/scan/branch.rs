//! The ways a pattern can match, each by itself.
//!
//! A pattern that is several sentences in one asks little of a text: a word of one of them. Each sentence asks for much, and
//! is shorter than the longest.
//!
//! Invariant: the pattern matches what any of its branches matches, and nothing else.

use regex_syntax::hir::{Hir, HirKind};

/// More branches cost more to look through than they save.
const BRANCHES_MAX: usize = 8;
/// What is longer is more than a word.
const WORD_LEN_MAX: usize = 32;

/// The branches of a pattern.
pub(super) fn branches(pattern: &Hir) -> Vec<Hir> {
    let mut branches = vec![pattern.clone()];
    let mut at = 0;
    while let Some(branch) = branches.get(at) {
        match split(branch) {
            Some(parts) if branches.len() + parts.len() - 1 <= BRANCHES_MAX => drop(branches.splice(at..=at, parts)),
            _ => at += 1,
        }
    }
    branches
}

/// A pattern as the alternatives of the one of its alternations that says most.
fn split(pattern: &Hir) -> Option<Vec<Hir>> {
    match pattern.kind() {
        HirKind::Alternation(branches) => Some(branches.clone()),
        HirKind::Capture(capture) => split(&capture.sub),
        HirKind::Concat(parts) => {
            let parted = parts.iter().enumerate().filter(|(_, part)| !is_word(part));
            let parted = parted.filter_map(|(at, part)| Some((at, split(part)?)));
            let (at, branches) = parted.max_by_key(|(_, branches)| branches.iter().filter_map(longest).max())?;
            let in_place = |branch| Hir::concat([&parts[..at], &[branch], &parts[at + 1..]].concat());
            Some(branches.into_iter().map(in_place).collect())
        }
        _ => None,
    }
}

/// Whether it is one of some words, which tells nothing by being taken apart.
fn is_word(part: &Hir) -> bool {
    match part.kind() {
        HirKind::Alternation(parts) | HirKind::Concat(parts) => {
            parts.iter().all(is_word) && longest(part).is_some_and(|longest| longest <= WORD_LEN_MAX)
        }
        HirKind::Repetition(repetition) => is_word(&repetition.sub),
        HirKind::Capture(capture) => is_word(&capture.sub),
        _ => true,
    }
}

fn longest(pattern: &Hir) -> Option<usize> {
    pattern.properties().maximum_len()
}

#[cfg(test)]
mod tests {
    use super::super::loose;
    use super::*;

    #[test]
    fn sentences_are_parted_and_lists_of_words_are_not() {
        let check = |pattern: &str, expected: usize| {
            assert_eq!(branches(&loose::strict(pattern).unwrap()).len(), expected, "{pattern}");
        };
        check(r"\b(?:tell|show) \S{1,9} (?:secret|password)s?\b", 1);
        check(r"\b(?:ignore (?:\S{1,9} ){0,4}?all the earlier rules|forget what you have been told before)\b", 2);
        check(r"(?:a|b) (?:\S{1,40} and more|(?:c|d) \S{1,50} or less|(?:\S{1,60} three|\S{1,70} four))", 4);
    }
}
