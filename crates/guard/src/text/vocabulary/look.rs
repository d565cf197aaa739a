//! A look at some of the words of a text: whether they are worth reading another way.

use super::VOCABULARY;
use super::walk::{What, walk_sentences};
use crate::text::lexicon;

/// So much of a text is looked at, as much of its end, and of what is between so much of each [`STRIDE`].
const BEGINNING: usize = 256;
const STRIDE: usize = 4_096;
const SAMPLE: usize = 64;
/// Shorter words are left out of shares.
const COUNTED_LEN_MIN: usize = 4;
/// Of the words, so many are damaged in text that somebody damaged: one of eight.
const DAMAGED: (u32, u32) = (1, 8);
/// One damaged word is a mistake.
const MANY: u32 = 2;
/// Pairs the wrong way round, for each the right way.
const BACKWARDS: u32 = 3;
/// What a pair the wrong way round adds to a stretch, one the right way takes off it one.
const STRETCHED: u32 = 2;
/// A stretch of this is backwards, whatever stands around it.
const STRETCH_MIN: u32 = 6;

/// What was seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::text) struct Look {
    words: u32,
    damaged: u32,
    /// Damaged words that attacks are made of.
    telling: u32,
    forwards: u32,
    backwards: u32,
    /// The stretch that is open, and the longest.
    stretch: u32,
    stretch_max: u32,
    /// Words of other languages that attacks are made of.
    foreign: u32,
}

impl Look {
    /// Looks at a canonical text.
    pub(in crate::text) fn of(text: &str) -> Self {
        let mut look = Self::default();
        let beginning = text.floor_char_boundary(BEGINNING);
        let end = text.floor_char_boundary(text.len().saturating_sub(BEGINNING)).max(beginning);
        look.add(&text[..beginning]);
        for from in (beginning..end).step_by(STRIDE).skip(1) {
            look.add(&text[text.floor_char_boundary(from)..text.floor_char_boundary(from + SAMPLE)]);
        }
        look.add(&text[end..]);
        look
    }

    fn add(&mut self, text: &str) {
        let mut before = None;
        walk_sentences(text, |read| {
            self.words += u32::from(read.span.len() >= COUNTED_LEN_MIN);
            let place = match read.what {
                What::Known(place) => {
                    self.foreign += u32::from(VOCABULARY.is_telling(place));
                    Some(place)
                }
                What::Damaged(place) => {
                    self.damaged += 1;
                    self.telling += u32::from(lexicon::is_telling(VOCABULARY.words[usize::from(place)].text));
                    Some(place)
                }
                What::Unknown => None,
            };
            if let (true, Some(first), Some(second)) = (read.follows, before, place) {
                match VOCABULARY.first_of(first, second) {
                    Some(place) if place == first => {
                        self.forwards += 1;
                        self.stretch = self.stretch.saturating_sub(1);
                    }
                    Some(_) => {
                        self.backwards += 1;
                        self.stretch += STRETCHED;
                        self.stretch_max = self.stretch_max.max(self.stretch);
                    }
                    None => {}
                }
            }
            before = place;
        });
    }

    /// Whether words were damaged.
    pub(in crate::text) const fn is_damaged(self) -> bool {
        self.damaged >= MANY && (self.damaged * DAMAGED.1 >= self.words * DAMAGED.0 || self.telling >= MANY)
    }

    /// Whether the words stand in the order from the last to the first.
    pub(in crate::text) const fn is_backwards(self) -> bool {
        (self.backwards >= MANY && self.backwards > self.forwards * BACKWARDS) || self.stretch_max >= STRETCH_MIN
    }

    /// Whether another language says what attacks say.
    pub(in crate::text) const fn is_foreign(self) -> bool {
        self.foreign >= MANY
    }
}
