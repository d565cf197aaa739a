//! What a classifier sees of a text: its words, and short sequences of them, as places in a table.
//!
//! A word is known by its first letter and by which letters it is made of, not by their order: `ingore` is `ignore`. All
//! heads but that for refusals see its first letters too, which its forms share: `ignoring` begins like `ignore` and `ignoriere`. Numbers are all alike. Scripts without spaces are read character by character.
//!
//! Invariants: training and scoring read a text through this file alone; a text is read once, whatever the number of heads.

use super::Head;
use super::cue::CueTrail;

/// Table places are this many bits wide.
pub const PLACE_BITS: u32 = 18;
/// Places that one word leads to: itself, with one before it, with two, and with the one before the last.
pub const GRAMS: usize = 4;
/// Places that the beginning of a word leads to: itself, and with the one before it.
pub const STEM_GRAMS: usize = 2;
/// Letters that the forms of a word are taken to share.
const STEM_LETTERS: usize = 5;

/// Mixes the bits of a sum so that the upper ones depend on all of it.
const MIX: u64 = 0x9e37_79b9_7f4a_7c15;

const WORD: u8 = 1;
const DIGIT: u8 = 2;
const MARK: u8 = 3;
/// Begins a character of a script that is written without spaces.
const GLYPH: u8 = 4;
const JOINT: u8 = 5;

static KIND: [u8; 256] = kinds();
static LETTER: [u64; 256] = numbers();

const fn kinds() -> [u8; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = match byte as u8 {
            b'a'..=b'z' | b'A'..=b'Z' | 0x80..=0xe2 | 0xee..=0xff => WORD,
            b'0'..=b'9' => DIGIT,
            b'?' | b'!' | b':' => MARK,
            0xe3..=0xed => GLYPH,
            b'\'' => JOINT,
            _ => 0,
        };
        byte += 1;
    }
    table
}

/// A random number for each byte; upper case like lower case.
const fn numbers() -> [u64; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let lower = (byte as u8).to_ascii_lowercase() as u64;
        let mut x = (lower + 1).wrapping_mul(MIX);
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        table[byte] = x ^ (x >> 31);
        byte += 1;
    }
    table
}

/// The words of a text, in order.
#[derive(Debug, Clone)]
pub(super) struct Words<'t> {
    text: &'t [u8],
    at: usize,
}

/// A word: where it begins and ends, and what it is known by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Word {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) key: u64,
    /// What its first letters are known by.
    pub(super) stem: u64,
}

impl<'t> Words<'t> {
    pub(super) const fn of(text: &'t str) -> Self {
        Self { text: text.as_bytes(), at: 0 }
    }
}

impl Iterator for Words<'_> {
    type Item = Word;

    #[inline]
    fn next(&mut self) -> Option<Word> {
        let (text, mut at) = (self.text, self.at);
        let kind = loop {
            let byte = *text.get(at)?;
            match KIND[usize::from(byte)] {
                0 | JOINT => at += 1,
                kind => break kind,
            }
        };
        let start = at;
        let mut stem = None;
        let key = match kind {
            WORD => {
                let key = LETTER[usize::from(text[at])].wrapping_mul(MIX);
                let (key, end) = letters(text, at, key, STEM_LETTERS);
                stem = Some(key);
                let (key, end) = letters(text, end, key, usize::MAX);
                at = end;
                key
            }
            DIGIT => {
                while text.get(at).is_some_and(u8::is_ascii_digit) {
                    at += 1;
                }
                1
            }
            GLYPH => {
                let end = (at + 3).min(text.len());
                let key = text[at..end].iter().fold(2_u64, |key, &byte| (key << 8) | u64::from(byte));
                at = end;
                key.wrapping_mul(MIX)
            }
            _ => {
                at += 1;
                LETTER[usize::from(text[start])]
            }
        };
        self.at = at;
        Some(Word { start, end: at, key, stem: stem.unwrap_or(key) })
    }
}

/// Adds so many letters, which may have several bytes, to a key; where they end.
#[inline]
fn letters(text: &[u8], mut at: usize, mut key: u64, most: usize) -> (u64, usize) {
    let mut count = 0;
    while let Some(&byte) = text.get(at) {
        match KIND[usize::from(byte)] {
            WORD => {
                count += usize::from(byte & 0xc0 != 0x80);
                if count > most {
                    break;
                }
                key = key.wrapping_add(LETTER[usize::from(byte)]);
            }
            JOINT => {}
            _ => break,
        }
        at += 1;
    }
    (key, at)
}

/// The last words, which the next one makes sequences with.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Trail {
    last: u64,
    before: u64,
}

impl Trail {
    /// The places that `word` leads to after what came before it.
    #[inline]
    pub(super) const fn step(&mut self, word: Word) -> [u32; GRAMS] {
        let one = word.key;
        let two = one ^ self.last.rotate_left(17);
        let three = two ^ self.before.rotate_left(39).wrapping_mul(5);
        let skip = one ^ self.before.rotate_left(29).wrapping_mul(3);
        self.before = self.last;
        self.last = one;
        [place(one), place(two ^ 0x51), place(three ^ 0xa3), place(skip ^ 0xf7)]
    }
}

/// The beginning of the last word.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct StemTrail {
    last: u64,
}

impl StemTrail {
    /// The places that the beginning of `word` leads to after that of the one before.
    #[inline]
    pub(super) const fn step(&mut self, word: Word) -> [u32; STEM_GRAMS] {
        let two = word.stem ^ self.last.rotate_left(17);
        self.last = word.stem;
        [place(word.stem ^ 0x33), place(two ^ 0x77)]
    }
}

/// The place of a key.
pub(super) const fn place(key: u64) -> u32 {
    let mixed = (key ^ (key >> 29)).wrapping_mul(MIX);
    ((mixed ^ (mixed >> 32)).wrapping_mul(MIX) >> (64 - PLACE_BITS)) as u32
}

/// A stretch of a text, and the places that its words lead to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Where its first word begins.
    pub start: usize,
    /// Where its last word ends.
    pub end: usize,
    /// In the order of the text, [`GRAMS`] for each word, and those of its beginning or its cue.
    pub places: Vec<u32>,
}

/// Bytes of a block. A window is two of them.
pub const BLOCK_BYTES: usize = 160;

/// Cuts a canonical text into blocks as a head sees them, for training.
pub fn blocks(head: Head, text: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let (mut trail, mut stems) = (Trail::default(), StemTrail::default());
    let mut cues = head.lexicon().map(CueTrail::of);
    for word in Words::of(text) {
        let of_stem = head.sees_stems().then(|| stems.step(word));
        let of_cue = cues.as_mut().and_then(|cues| cues.step(word));
        let places =
            trail.step(word).into_iter().chain(of_stem.into_iter().flatten()).chain(of_cue.into_iter().flatten());
        let number = word.start / BLOCK_BYTES;
        match blocks.last_mut().filter(|block| block.start / BLOCK_BYTES == number) {
            Some(block) => {
                block.end = word.end;
                block.places.extend(places);
            }
            None => blocks.push(Block { start: word.start, end: word.end, places: places.collect() }),
        }
    }
    blocks
}
