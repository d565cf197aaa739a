//! What the words of a canonical text look like, which says what transforms are worth trying on it.
//!
//! Nearly all blocks of ordinary text hold nothing but words and single spaces, and are understood as a whole, by one bit a
//! byte; only where there is more to see are bytes read one by one.
//!
//! Invariant: what is said does not depend on how a text falls into blocks.

use std::ops::Range;

use super::letters::Letters;
use super::rotated::{self, Turn};
use super::spacing::GLUED_LEN_MIN;
use super::vocabulary::Look;

/// What the words of a canonical text look like.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Words {
    /// The most single letters in a row.
    pub(super) singles_max: u32,
    /// Words that mix letters with digits or signs; beyond two, not all are counted.
    pub(super) mixed: u32,
    /// Words, joints included, that are long enough to be several.
    pub(super) long: Vec<Range<usize>>,
    /// Whether there are disguised words, by [`Turn`].
    turned: [bool; 3],
    /// Whether the letters of the whole were changed.
    pub(super) letters: Letters,
    /// What the vocabulary says to some of them.
    pub(super) look: Look,
}

/// More mixed words say nothing new.
const MIXED_TOLD: u32 = 2;

const LETTER: u8 = 1;
const SIGN: u8 = 2;
/// Ends a sentence more often than it stands for a letter.
const BANG: u8 = 4;
/// Joins the parts of a word.
const JOINT: u8 = 8;
const SPACE: u8 = 16;
const CONTINUED: u8 = 32;

static KIND: [u8; 256] = kinds();

const fn kinds() -> [u8; 256] {
    let (mut table, mut byte) = ([0; 256], 0);
    while byte < 256 {
        table[byte] = kind(byte as u8);
        byte += 1;
    }
    table
}

/// The kind of a byte, without branches and tables: of many bytes in one step.
#[inline]
const fn kind(byte: u8) -> u8 {
    let letter = ((byte | 0x20).wrapping_sub(b'a') < 26) | (byte >= 0xc0);
    let sign = (byte.wrapping_sub(b'0') < 10) | (byte == b'@') | (byte == b'$') | (byte == b'|');
    let bang = byte == b'!';
    // `*+,-./`
    let joint = (byte.wrapping_sub(b'*') < 6) | (byte == b'_') | (byte == b'~');
    let continued = (byte >= 0x80) & (byte < 0xc0);
    let space = !(letter | sign | bang | joint | continued);
    (letter as u8 * LETTER)
        | (sign as u8 * SIGN)
        | (bang as u8 * BANG)
        | (joint as u8 * JOINT)
        | (continued as u8 * CONTINUED)
        | (space as u8 * SPACE)
}

impl Words {
    /// Looks at a text.
    pub(super) fn of(text: &str) -> Self {
        let mut reader = Reader::default();
        let bytes = text.as_bytes();
        let mut at = 0;
        while let Some(block) = bytes[at..].first_chunk() {
            let block = Block::of(block);
            if !reader.skip(at, &block) {
                reader.read(at, &bytes[at..at + block.len]);
            }
            at += block.len;
        }
        reader.read(at, &bytes[at..]);
        reader.read(bytes.len(), b" ");
        Self { turned: rotated::likely(text), letters: Letters::of(text), look: Look::of(text), ..reader.words }
    }

    /// Whether there are words disguised by this turn.
    pub(super) const fn is_turned(&self, turn: Turn) -> bool {
        self.turned[turn as usize]
    }
}

/// What was read so far.
#[derive(Debug, Default)]
struct Reader {
    words: Words,
    /// Of the word that is open.
    letters: u32,
    signs: u32,
    bangs: u32,
    /// Single letters in a row, up to here.
    singles: u32,
    /// Where the word with its joints began.
    from: usize,
}

impl Reader {
    /// Reads byte by byte.
    fn read(&mut self, at: usize, bytes: &[u8]) {
        for (at, &byte) in (at..).zip(bytes) {
            match KIND[usize::from(byte)] {
                LETTER => {
                    self.letters += 1;
                    self.signs += std::mem::take(&mut self.bangs);
                }
                SIGN => self.signs += 1 + std::mem::take(&mut self.bangs),
                CONTINUED => {}
                BANG => {
                    self.bangs += 1;
                    self.end_long(at);
                }
                JOINT => self.end_word(),
                _ => {
                    self.end_word();
                    self.end_long(at);
                }
            }
        }
    }

    fn end_word(&mut self) {
        let (letters, signs) = (std::mem::take(&mut self.letters), std::mem::take(&mut self.signs));
        self.bangs = 0;
        if letters + signs > 0 {
            self.singles = if letters == 1 && signs == 0 { self.singles + 1 } else { 0 };
            self.words.singles_max = self.words.singles_max.max(self.singles);
            self.words.mixed += u32::from(letters > 0 && signs > 0);
        }
    }

    fn end_long(&mut self, at: usize) {
        if at - self.from >= GLUED_LEN_MIN {
            self.words.long.push(self.from..at);
        }
        self.from = at + 1;
    }

    /// Takes a block as a whole, if it can be understood that way.
    fn skip(&mut self, at: usize, block: &Block) -> bool {
        let is_open = self.letters + self.signs + self.bangs > 0;
        if is_open
            || block.is_odd
            || (block.has_mixed && self.words.mixed < MIXED_TOLD)
            || block.singles.count_ones() > 1
        {
            return false;
        }
        if block.singles == 0 {
            self.singles = if block.others == 0 { self.singles } else { 0 };
        } else {
            let place = block.singles.trailing_zeros();
            let is_first = block.others & ((1 << place) - 1) == 0;
            let row = if is_first { self.singles + 1 } else { 1 };
            self.words.singles_max = self.words.singles_max.max(row);
            self.singles = if block.others >> place == 0 { row } else { 0 };
        }
        self.skip_long(at, block);
        true
    }

    fn skip_long(&mut self, at: usize, block: &Block) {
        let mut ends = block.ends;
        if !has_run(!ends & block.inside()) && ends != 0 {
            // Only the first word of the block, which began before it, can be long.
            self.end_long(at + ends.trailing_zeros() as usize);
            self.from = at + ends.ilog2() as usize + 1;
            return;
        }
        while ends != 0 {
            self.end_long(at + ends.trailing_zeros() as usize);
            ends &= ends - 1;
        }
    }
}

/// Whether so many bits in a row are set that they may be a long word.
const fn has_run(bits: u64) -> bool {
    let two = bits & bits >> 1;
    let four = two & two >> 2;
    let eight = four & four >> 4;
    const { assert!(GLUED_LEN_MIN == 12) };
    eight & four >> 8 != 0
}

/// Some bytes of a text up to the end of a word, one bit a byte.
struct Block {
    len: usize,
    /// It has to be read byte by byte.
    is_odd: bool,
    /// A word mixes letters with signs.
    has_mixed: bool,
    /// Words of one letter.
    singles: u64,
    /// Where all other words begin.
    others: u64,
    /// What ends a word with its joints.
    ends: u64,
}

impl Block {
    const LEN: usize = 64;

    fn of(bytes: &[u8; Self::LEN]) -> Self {
        let mut of_kind = [0_u64; 6];
        for (group, kinds) in bytes.map(kind).as_chunks().0.iter().enumerate() {
            let kinds = u64::from_le_bytes(*kinds);
            for (kind, bits) in of_kind.iter_mut().enumerate() {
                *bits |= gather(kinds >> kind) << (8 * group);
            }
        }
        let [letters, signs, bangs, joints, spaces, continued] = of_kind;
        // Up to the last byte that ends a word.
        let len = Self::LEN - (joints | spaces).leading_zeros() as usize;
        let inside = mask(len);
        let (letters, signs, bangs) = (letters & inside, signs & inside, bangs & inside);
        let in_word = letters | signs;
        let begins = in_word & !(in_word << 1);
        let singles = letters & begins & !(in_word >> 1);
        Self {
            len: if len == 0 { Self::LEN } else { len },
            is_odd: len == 0 || continued & inside != 0 || bangs << 1 & (in_word | bangs) != 0,
            has_mixed: (letters & signs << 1) | (signs & letters << 1) != 0,
            singles,
            others: begins & !singles,
            ends: (spaces & inside) | bangs,
        }
    }

    const fn inside(&self) -> u64 {
        mask(self.len)
    }
}

const fn mask(len: usize) -> u64 {
    if len == 0 { 0 } else { u64::MAX >> (64 - len) }
}

/// The lowest bits of eight bytes, side by side.
const fn gather(bytes: u64) -> u64 {
    (bytes & 0x0101_0101_0101_0101).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// All of it byte by byte.
    fn slowly(text: &str) -> Words {
        let mut reader = Reader::default();
        reader.read(0, text.as_bytes());
        reader.read(text.len(), b" ");
        Words { turned: rotated::likely(text), letters: Letters::of(text), look: Look::of(text), ..reader.words }
    }

    fn told(mut words: Words) -> Words {
        words.mixed = words.mixed.min(MIXED_TOLD);
        words
    }

    #[test]
    fn words_are_told_apart() {
        let text = "so i g n o r e a_l1 rul3s, a!b and the internationalization of it!";
        let words = Words::of(text);
        assert_eq!((words.singles_max, words.mixed), (7, 3));
        assert_eq!(words.long.into_iter().map(|word| &text[word]).collect::<Vec<_>>(), ["internationalization"]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn blocks_change_nothing(text in "([a-z]{1,3}|[a-z]{6,20}|[a-z] [a-z]|[0-9]|[ ]|[-_.!@,;]|\u{e9}){0,120}") {
            prop_assert_eq!(told(Words::of(&text)), told(slowly(&text)));
        }
    }
}
