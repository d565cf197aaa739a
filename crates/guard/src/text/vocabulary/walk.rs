//! The words of a text, as the vocabulary sees them.

use std::ops::Range;

use super::{Bag, Letters, VOCABULARY, Vocabulary};

/// Shorter words have too few orders of letters to be recognized by them.
const DAMAGED_LEN_MIN: usize = 4;
/// Shorter words begin with any letter by chance.
const LENGTHENED_LEN_MIN: usize = 5;
/// Longer words are keys.
const LEN_MAX: usize = 24;

/// A word of a text.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) span: Range<usize>,
    pub(super) what: What,
    /// One blank is before it, and a word before that.
    pub(super) follows: bool,
    /// What stands before it.
    joint: u8,
    bag: Bag,
}

/// What the vocabulary says to a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    Known(u16),
    /// The letters of this word, in another order, cut in two by a hyphen, or with one too many before them.
    Damaged(u16),
    Unknown,
}

/// Calls `then` with each word of `text`.
pub(super) fn walk(text: &str, then: impl FnMut(&Read)) {
    walk_behind(text, |_| true, then);
}

/// Calls `then` with each word of a sentence: what stands behind quotes and signs, as in data, is left out unseen.
pub(super) fn walk_sentences(text: &str, then: impl FnMut(&Read)) {
    walk_behind(text, |joint| joint == b' ' || joint == b'-', then);
}

fn walk_behind(text: &str, is_joint: impl Fn(u8) -> bool, mut then: impl FnMut(&Read)) {
    let (vocabulary, bytes): (&Vocabulary, _) = (&VOCABULARY, text.as_bytes());
    let mut before: Option<Read> = None;
    let (mut from, mut letters, mut joint) = (0, Letters::default(), b' ');
    for (at, byte) in bytes.iter().copied().enumerate() {
        if byte.is_ascii_lowercase() {
            letters = letters.with(byte);
            continue;
        }
        if from < at && is_joint(joint) {
            next(vocabulary, bytes, from..at, letters, &mut before, &mut then);
        }
        (from, letters, joint) = (at + 1, Letters::default(), byte);
    }
    if from < bytes.len() && is_joint(joint) {
        next(vocabulary, bytes, from..bytes.len(), letters, &mut before, &mut then);
    }
    if let Some(last) = before {
        then(&last);
    }
}

fn next(
    vocabulary: &Vocabulary,
    bytes: &[u8],
    span: Range<usize>,
    letters: Letters,
    before: &mut Option<Read>,
    then: &mut impl FnMut(&Read),
) {
    let joint = span.start.checked_sub(1).map_or(b' ', |at| bytes[at]);
    let is_next = |before: &Read| before.span.end + 1 == span.start;
    let follows = joint == b' ' && before.as_ref().is_some_and(is_next);
    let what = vocabulary.what(&bytes[span.clone()], letters);
    let mut read = Read { span, what, follows, joint, bag: letters.bag };
    if let Some(last) = before.take() {
        match if joint == b'-' { vocabulary.joined(bytes, &last, &read) } else { None } {
            Some(joined) => read = joined,
            None => then(&last),
        }
    }
    *before = Some(read);
}

impl Vocabulary {
    fn what(&self, word: &[u8], letters: Letters) -> What {
        let mut damaged = None;
        for slot in self.slots(letters.bag) {
            let place = slot.place - 1;
            if slot.letters == letters {
                return What::Known(place);
            }
            if slot.letters.bag == letters.bag
                && is_same_in_another_order(self.words[usize::from(place)].text.as_bytes(), word)
            {
                damaged.get_or_insert(place);
            }
        }
        damaged.or_else(|| self.lengthened(word, letters.bag)).map_or(What::Unknown, What::Damaged)
    }

    /// The word that has one letter fewer at its beginning.
    fn lengthened(&self, word: &[u8], bag: Bag) -> Option<u16> {
        let [first, rest @ ..] = word else { return None };
        let is_rest = |place: &u16| self.words[usize::from(*place)].text.as_bytes() == rest;
        (LENGTHENED_LEN_MIN..=LEN_MAX)
            .contains(&word.len())
            .then(|| self.with_bag(bag.without(*first)).find(is_rest))
            .flatten()
    }

    /// Both parts of a word that a hyphen was put into.
    fn joined(&self, bytes: &[u8], first: &Read, second: &Read) -> Option<Read> {
        let is_known = |read: &Read| matches!(read.what, What::Known(_)) && read.span.len() > 2;
        if first.span.end + 1 != second.span.start || (is_known(first) && is_known(second)) {
            return None;
        }
        let (left, right) = (&bytes[first.span.clone()], &bytes[second.span.clone()]);
        let is_both = |place: &u16| {
            let known = self.words[usize::from(*place)].text.as_bytes();
            known.len() >= LENGTHENED_LEN_MIN && known.strip_prefix(left) == Some(right)
        };
        let place = self.with_bag(first.bag.and(second.bag)).find(is_both)?;
        let span = first.span.start..second.span.end;
        Some(Read { span, what: What::Damaged(place), follows: first.follows, joint: first.joint, bag: Bag::default() })
    }
}

/// Whether a word of the same letters has them turned around, or mixed up between the first and the last.
fn is_same_in_another_order(known: &[u8], word: &[u8]) -> bool {
    let keeps_ends = known.first() == word.first() && known.last() == word.last();
    word.len() >= DAMAGED_LEN_MIN && (keeps_ends || known.iter().eq(word.iter().rev()))
}
