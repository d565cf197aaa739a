//! What stands around a value: words that say what it is, and neighbours that make it part of something longer.
//!
//! A number whose check digit passes by chance in one case of ten needs a word in front. Such a rule is anchored in its
//! words and costs nothing where they do not occur; the words are part of the match and trimmed off what is reported.
//!
//! Invariant: a gap between word and value is at most three words and has no digit in it.

use super::checksum;
use crate::finding::Evidence;
use crate::rule::{Candidate, Hit};

/// The longest match of a rule written with [`after`].
pub(super) const LONGEST: usize = 128;
/// Shape and context.
pub(super) const LIKELY: f32 = 0.8;
/// A checksum agreed.
pub(super) const CERTAIN: f32 = 0.95;

/// The pattern of a value that follows one of some words: `after!("word|other word", r"\d{9}")`.
///
/// Words count in any case and as parts of longer words; a short word should bring its own ends (`\bpan[ :=]`).
/// The gap's words are alternatives and not a repetition, which the stream would have to hold without end.
macro_rules! after {
    ($words:literal, $value:literal) => {
        concat!(
            r"(?i:",
            $words,
            r")[^0-9A-Za-z;!?]{0,6}(?:",
            r"[A-Za-z]{1,14}[^0-9A-Za-z;!?]{1,4}[A-Za-z]{1,14}[^0-9A-Za-z;!?]{1,4}[A-Za-z]{1,14}[^0-9A-Za-z;!?]{1,4}",
            r"|[A-Za-z]{1,14}[^0-9A-Za-z;!?]{1,4}[A-Za-z]{1,14}[^0-9A-Za-z;!?]{1,4}",
            r"|[A-Za-z]{1,14}[^0-9A-Za-z;!?]{1,4}",
            r"|)(?:",
            $value,
            r")\b"
        )
    };
}
pub(super) use after;

/// The value after the words: from the first digit on.
pub(super) fn value<'t>(candidate: &Candidate<'t>) -> &'t str {
    let matched = candidate.matched();
    matched.find(|character: char| character.is_ascii_digit()).map_or("", |at| &matched[at..])
}

/// The value after the words: the letters and digits at the end.
pub(super) fn token<'t>(candidate: &Candidate<'t>) -> &'t str {
    let matched = candidate.matched();
    matched.rsplit(|character: char| !character.is_ascii_alphanumeric()).next().unwrap_or("")
}

/// A hit on `value`, which is the end of the match, with the words in front of it trimmed off.
pub(super) fn ending(candidate: &Candidate<'_>, value: &str, score: f32, evidence: Evidence) -> Option<Hit> {
    let words = candidate.matched().len().checked_sub(value.len())?;
    (!value.is_empty() && !runs_on(candidate)).then_some(Hit { trim: (words, 0), ..Hit::new(score, evidence) })
}

/// Accepts the digits after the words when `check` does.
pub(super) fn checked(candidate: &Candidate<'_>, check: fn(&[u8]) -> bool) -> Option<Hit> {
    let value = value(candidate);
    let digits = checksum::digits(value);
    if checksum::is_uniform(&digits) || !check(&digits) {
        return None;
    }
    ending(candidate, value, CERTAIN, Evidence::Checksum)
}

/// Accepts a value that stands alone when `check` agrees with its digits.
pub(super) fn shaped(candidate: &Candidate<'_>, check: fn(&[u8]) -> bool) -> Option<Hit> {
    let digits = checksum::digits(candidate.matched());
    let is_sound = stands_alone(candidate) && !checksum::is_uniform(&digits) && check(&digits);
    is_sound.then(|| Hit::new(CERTAIN, Evidence::Checksum))
}

/// Says whether the match is no part of a longer number, name, path or identifier.
pub(super) fn stands_alone(candidate: &Candidate<'_>) -> bool {
    let mut before = candidate.before().chars().rev();
    let is_tail = match before.next() {
        Some('-') => before.next().is_some_and(char::is_alphanumeric),
        Some('.' | ',' | '/' | ':' | '+') => before.next().is_some_and(|character| character.is_ascii_digit()),
        Some('_' | '$' | '%' | '@' | '#' | '\\') => true,
        _ => false,
    };
    !is_tail && !runs_on(candidate)
}

/// Says whether something is joined to the right of the match.
fn runs_on(candidate: &Candidate<'_>) -> bool {
    candidate.next().is_some_and(|next| matches!(next, '-' | '_' | '@' | '%' | '\\' | '/' | '+' | '='))
}

/// Says whether `text` has separators of at most one kind.
pub(super) fn is_even(text: &str) -> bool {
    let mut separators = text.chars().filter(|character| !character.is_ascii_alphanumeric());
    let first = separators.next();
    separators.all(|separator| Some(separator) == first)
}
