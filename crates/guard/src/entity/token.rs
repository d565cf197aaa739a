//! Cuts a text into tokens: words, numbers, and everything else sign by sign.
//!
//! A word is known by what is left of it without case, marks, compatibility forms and invisible characters, so `Krisztián`,
//! `KRISZTIAN` and full-width letters are one. How it was written is its [`Shape`].
//!
//! Invariants: tokens do not overlap and are in order; every byte is read a bounded number of times, however long a word is;
//! training and tagging read a text through this file alone.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// Mixes the bits of a sum so that the upper ones depend on all of it.
pub(super) const MIX: u64 = 0x9e37_79b9_7f4a_7c15;
/// Digits of a number that tell it apart by its length.
const DIGITS_MAX: usize = 6;

/// One token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// What it is known by.
    pub(super) key: u64,
    /// The first three letters.
    pub(super) head: u64,
    /// The last three letters, the last one lowest.
    pub(super) tail: u64,
    pub(super) shape: Shape,
    /// The lists that it is on; see [`super::lists`].
    pub(super) lists: u8,
    /// The words that it is used like; see [`super::groups`].
    pub(super) group: u8,
}

/// How a token is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Shape {
    /// Beyond either end of the text.
    Nothing,
    /// `word`
    Lower,
    /// `Word`
    Title,
    /// `WORD`
    Upper,
    /// `W`
    Initial,
    /// `wOrd`
    Mixed,
    /// A script without case.
    Caseless,
    /// `B12`, `4th`
    Alphanumeric,
    /// A number of one or two digits; the others follow.
    Digits2,
    Digits4,
    Digits5,
    DigitsMany,
    Line,
    Stop,
    Comma,
    Sign,
}

/// A place beyond either end of a text.
pub(super) const NOTHING: Token =
    Token { start: 0, end: 0, key: 7, head: 0, tail: 0, shape: Shape::Nothing, lists: 0, group: 0 };

impl Token {
    /// Whether it is a word that could be part of a name.
    pub fn is_word(&self) -> bool {
        !matches!(self.shape, Shape::Nothing | Shape::Line | Shape::Stop | Shape::Comma | Shape::Sign)
    }

    /// Whether it is written with digits.
    pub fn has_digits(&self) -> bool {
        matches!(self.shape, Shape::Alphanumeric | Shape::Digits2 | Shape::Digits4 | Shape::Digits5 | Shape::DigitsMany)
    }

    /// Whether it is written with letters.
    pub(super) fn has_letters(&self) -> bool {
        !self.has_digits() || self.shape == Shape::Alphanumeric
    }

    /// Whether it is a single capital.
    pub(super) fn is_initial(&self) -> bool {
        self.shape == Shape::Initial
    }

    /// Whether it may be a postcode, or half of one.
    pub(super) fn may_be_postcode(&self) -> bool {
        match self.shape {
            Shape::Alphanumeric => (2..=7).contains(&(self.end - self.start)),
            Shape::Digits4 | Shape::Digits5 => true,
            Shape::DigitsMany => self.end - self.start == 6,
            _ => false,
        }
    }

    /// Whether it is two capitals, as at the end of a Dutch postcode.
    pub(super) fn is_pair_of_capitals(&self) -> bool {
        self.shape == Shape::Upper && self.end - self.start == 2
    }

    /// What it is known by: equal for spellings of one word.
    pub const fn key(&self) -> u64 {
        self.key
    }

    /// The same token, on these lists too.
    #[must_use]
    pub(super) const fn listed(self, lists: u8) -> Self {
        Self { lists: self.lists | lists, ..self }
    }

    /// The same token, in this group.
    #[must_use]
    pub(super) const fn grouped(self, group: u8) -> Self {
        Self { group, ..self }
    }

    /// Whether it is written with a capital.
    pub(super) const fn is_cased(&self) -> bool {
        matches!(self.shape, Shape::Title | Shape::Upper | Shape::Initial | Shape::Mixed)
    }

    /// The same token, on no list and in no group: training must not lean on these alone.
    #[must_use]
    pub const fn unlisted(self) -> Self {
        Self { lists: 0, group: 0, ..self }
    }
}

/// The tokens of a text, in order.
#[derive(Debug, Clone)]
pub struct Tokens<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Tokens<'t> {
    /// Begins at the first byte.
    pub const fn of(text: &'t str) -> Self {
        Self { text, at: 0 }
    }
}

impl Iterator for Tokens<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        let mut line = None;
        let mut chars = self.text[self.at..].char_indices();
        let (start, first) = loop {
            let (offset, character) = chars.next()?;
            match character {
                '\n' => line = line.or(Some(self.at + offset)),
                _ if character.is_whitespace() || is_invisible(character) => {}
                _ => break (self.at + offset, character),
            }
        };
        if let Some(start) = line {
            self.at = self.text[start..].find(|c: char| !c.is_whitespace()).map_or(self.text.len(), |n| start + n);
            return Some(sign('\n', start, start + 1));
        }
        if !first.is_alphanumeric() {
            let end = start + run_of(&self.text[start..], first);
            self.at = end;
            return Some(sign(first, start, end));
        }
        let word = Word::read(&self.text[start..]);
        self.at = start + word.bytes;
        Some(word.token(start))
    }
}

/// Bytes of a run of one sign.
fn run_of(text: &str, sign: char) -> usize {
    text.find(|character| character != sign).unwrap_or(text.len())
}

fn sign(sign: char, start: usize, end: usize) -> Token {
    let shape = match sign {
        '\n' => Shape::Line,
        '.' | '!' | '?' => Shape::Stop,
        ',' | ';' => Shape::Comma,
        _ => Shape::Sign,
    };
    let key = (u64::from(sign) | 1 << 32).wrapping_mul(MIX);
    Token { start, end, key, head: 0, tail: 0, shape, lists: 0, group: 0 }
}

/// What was read of a word.
#[derive(Debug, Default)]
struct Word {
    bytes: usize,
    key: u64,
    head: u64,
    tail: u64,
    letters: usize,
    uppers: usize,
    lowers: usize,
    digits: usize,
    begins_upper: bool,
}

impl Word {
    fn read(text: &str) -> Self {
        let mut word = Self::default();
        for (at, character) in text.char_indices() {
            let joins = matches!(character, '\'' | '\u{2019}') && word.joins(&text[at..]);
            if !(character.is_alphanumeric() || is_combining_mark(character) || is_invisible(character) || joins) {
                break;
            }
            // What shows nothing belongs to a word only where the word goes on behind it.
            if is_invisible(character) {
                continue;
            }
            word.bytes = at + character.len_utf8();
            if character.is_ascii() {
                word.add_ascii(character);
            } else {
                word.add(character);
            }
        }
        word
    }

    /// Whether an apostrophe belongs to the word: `O'Brien`, not `Brien's`.
    fn joins(&self, rest: &str) -> bool {
        let mut next = rest.chars().skip(1);
        let is_genitive = matches!(next.next(), Some('s' | 'S')) && !next.next().is_some_and(char::is_alphanumeric);
        self.digits == 0 && !is_genitive && rest.chars().nth(1).is_some_and(char::is_alphabetic)
    }

    fn add_ascii(&mut self, character: char) {
        if character.is_ascii_digit() {
            self.digits += 1;
            self.fold(if self.digits > DIGITS_MAX { None } else { Some('0') });
        } else if character != '\'' {
            self.count(character);
            self.fold(Some(character.to_ascii_lowercase()));
        }
    }

    fn add(&mut self, character: char) {
        if character.is_numeric() {
            self.digits += 1;
            return self.fold(if self.digits > DIGITS_MAX { None } else { Some('0') });
        }
        if character.is_alphabetic() {
            self.count(character);
        }
        for part in std::iter::once(character).nfkd().filter(|part| part.is_alphanumeric() && !is_combining_mark(*part))
        {
            part.to_lowercase().for_each(|lower| self.fold(Some(lower)));
        }
    }

    fn count(&mut self, character: char) {
        self.letters += 1;
        self.uppers += usize::from(character.is_uppercase());
        self.lowers += usize::from(character.is_lowercase());
        self.begins_upper |= self.letters == 1 && character.is_uppercase();
    }

    fn fold(&mut self, lower: Option<char>) {
        let Some(lower) = lower else { return };
        self.key = (self.key.rotate_left(5) ^ u64::from(lower)).wrapping_mul(MIX);
        if self.letters + self.digits <= 3 {
            self.head = self.key;
        }
        self.tail = (self.tail << 21 | u64::from(lower)) & ((1 << 63) - 1);
    }

    fn shape(&self) -> Shape {
        match self {
            Self { letters: 0, digits: 0..=2, .. } => Shape::Digits2,
            Self { letters: 0, digits: 3..=4, .. } => Shape::Digits4,
            Self { letters: 0, digits: 5, .. } => Shape::Digits5,
            Self { letters: 0, .. } => Shape::DigitsMany,
            Self { digits: 1.., .. } => Shape::Alphanumeric,
            Self { uppers: 0, lowers: 0, .. } => Shape::Caseless,
            Self { uppers: 0, .. } => Shape::Lower,
            Self { uppers: 1, letters: 1, .. } => Shape::Initial,
            Self { lowers: 0, .. } => Shape::Upper,
            Self { begins_upper: true, uppers: 1, .. } => Shape::Title,
            Self { .. } => Shape::Mixed,
        }
    }

    fn token(&self, start: usize) -> Token {
        let shape = self.shape();
        let Self { key, head, tail, .. } = *self;
        Token { start, end: start + self.bytes, key, head, tail, shape, lists: 0, group: 0 }
    }
}

/// Characters that show nothing, which somebody may put into a name to hide it.
pub(super) const fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e01ef}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Vec<&str> {
        Tokens::of(text).map(|token| &text[token.start..token.end]).collect()
    }

    fn key(text: &str) -> u64 {
        Tokens::of(text).next().unwrap().key
    }

    #[test]
    fn words_numbers_and_signs_are_told_apart() {
        assert_eq!(cut("Mr. O'Brien's  4th\n\n cat..."), ["Mr", ".", "O'Brien", "'", "s", "4th", "\n", "cat", "..."]);
        assert_eq!(cut(" \u{200b} "), [""; 0]);
        assert_eq!(cut("Anne-Marie"), ["Anne", "-", "Marie"]);
    }

    #[test]
    fn a_word_is_the_same_in_every_spelling() {
        for spelling in
            ["KRISZTIÁN", "krisztian", "Kriszti\u{e1}n", "Kriszti\u{200b}a\u{301}n", "Ｋrisztian", "𝐊risztian"]
        {
            assert_eq!(key(spelling), key("Krisztián"), "{spelling}");
        }
        assert_ne!(key("Krisztiana"), key("Krisztián"));
    }

    #[test]
    fn tokens_cover_a_hostile_text_in_order() {
        for text in ["é".repeat(50_000), "\u{301}".repeat(50_000), "A'".repeat(50_000), "\u{200d}a".repeat(50_000)] {
            let mut at = 0;
            for token in Tokens::of(&text) {
                assert!(token.start >= at && token.end > token.start && text.is_char_boundary(token.end));
                at = token.end;
            }
        }
    }
}
