//! Ordinary words, which words follow which, and what other languages call the words of attacks.
//!
//! A word whose letters were shuffled, turned around or added to is recognized by its bag of letters, whatever their order;
//! a sentence whose words were put in another order, by the pairs it has the wrong way round. Nothing here is a finding.
//!
//! The words and the pairs are those of `injection/train.jsonl`, a part of what the shipped weights were learned from: words of at
//! least eight texts and three sources, pairs of twelve texts that are eight times as frequent as the other way round
//! (`crates/learn/examples/vocabulary.rs`).
//!
//! Invariant: words are lower-case ASCII letters, as canonical text has them.

mod look;
mod read;
mod walk;

use std::collections::HashMap;
use std::sync::LazyLock;

pub(super) use look::Look;
pub(super) use read::{in_order, repaired, translated};

const WORDS: &str = include_str!("words.txt");
const PAIRS: &str = include_str!("pairs.txt");
const GLOSSARY: &str = include_str!("glossary.tsv");

/// Places in the tables, a power of two well above what is in them.
const WORD_SLOTS: usize = 1 << 14;
const PAIR_SLOTS: usize = 1 << 13;
/// Places for what finds none before the end; the last ones stay free.
const OVERFLOW: usize = 256;

/// The vocabulary, read once.
static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(Vocabulary::new);

/// Words by their bags of letters, and ordered pairs of them.
struct Vocabulary {
    words: Vec<Word>,
    /// The first word that is of the glossary.
    foreign: u16,
    by_bag: Vec<Slot>,
    /// A bit for each bag that some word has, and for some others: most words that are not known end here.
    bags: Vec<u64>,
    /// Pairs by their words without their order.
    pairs: Vec<Pair>,
    /// A bit for each pair, and for some others: most end here.
    paired: Vec<u64>,
}

/// A word that is known.
struct Word {
    text: &'static str,
    /// What it means, for a word of another language.
    english: Option<&'static str>,
    /// Attacks are made of it, in a language that is not English.
    is_telling: bool,
}

/// Where a word of the table is, and what is asked of all words without looking at it.
#[derive(Clone, Copy, Default)]
struct Slot {
    letters: Letters,
    /// One more than its place.
    place: u16,
}

/// Two words of which one often follows the other, and hardly ever the other way round.
#[derive(Clone, Copy, Default)]
struct Pair {
    first: u16,
    second: u16,
    is_taken: bool,
}

/// The letters of a word: without their order, and with it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Letters {
    bag: Bag,
    order: u32,
}

impl Letters {
    fn of(word: &[u8]) -> Self {
        word.iter().fold(Self::default(), |letters, letter| letters.with(*letter))
    }

    const fn with(self, letter: u8) -> Self {
        Self { bag: self.bag.with(letter), order: self.order.rotate_left(5) ^ SPREAD[letter as usize & 31] }
    }
}

/// Letters without their order: equal for words that have the same ones.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Bag(u32);

impl Bag {
    const fn with(self, letter: u8) -> Self {
        Self(self.0.wrapping_add(SPREAD[letter as usize & 31]))
    }

    const fn without(self, letter: u8) -> Self {
        Self(self.0.wrapping_sub(SPREAD[letter as usize & 31]))
    }

    const fn and(self, other: Self) -> Self {
        Self(self.0.wrapping_add(other.0))
    }

    const fn hash(self) -> usize {
        (self.0.wrapping_mul(0x9E37_79B1) >> 16) as usize
    }
}

/// A number for each letter, such that sums of few of them differ.
static SPREAD: [u32; 32] = spread();

const fn spread() -> [u32; 32] {
    let (mut table, mut letter) = ([0; 32], 0);
    while letter < table.len() {
        let mixed = (letter as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mixed = (mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        table[letter] = (mixed ^ mixed >> 27) as u32;
        letter += 1;
    }
    table
}

impl Vocabulary {
    fn new() -> Self {
        let (by_bag, pairs) =
            (vec![Slot::default(); WORD_SLOTS + OVERFLOW], vec![Pair::default(); PAIR_SLOTS + OVERFLOW]);
        let (bags, paired) = (vec![0; (1 << 16) / 64], vec![0; (1 << 16) / 64]);
        let mut new = Self { words: Vec::new(), foreign: 0, by_bag, bags, pairs, paired };
        let mut places = HashMap::new();
        for text in WORDS.lines() {
            places.insert(text, new.add(text, None, false));
        }
        new.foreign = u16::try_from(new.words.len()).unwrap_or(u16::MAX);
        for (english, foreign) in GLOSSARY.lines().filter_map(|line| line.split_once('\t')) {
            let (english, is_telling) = english.strip_suffix('!').map_or((english, false), |word| (word, true));
            for text in foreign.split(' ') {
                // What is English too says nothing by itself.
                places.entry(text).or_insert_with(|| new.add(text, Some(english), is_telling));
            }
        }
        for (first, second) in PAIRS.lines().filter_map(|line| line.split_once(' ')) {
            if let (Some(first), Some(second)) = (places.get(first), places.get(second)) {
                new.add_pair(*first, *second);
            }
        }
        new
    }

    fn add(&mut self, text: &'static str, english: Option<&'static str>, is_telling: bool) -> u16 {
        let letters = Letters::of(text.as_bytes());
        let place = u16::try_from(self.words.len()).unwrap_or(u16::MAX - 1);
        self.words.push(Word { text, english, is_telling });
        let mut slot = letters.bag.hash() % WORD_SLOTS;
        while self.by_bag[slot].place != 0 {
            slot += 1;
        }
        self.by_bag[slot] = Slot { letters, place: place + 1 };
        self.bags[letters.bag.hash() / 64] |= 1 << (letters.bag.hash() % 64);
        place
    }

    fn add_pair(&mut self, first: u16, second: u16) {
        let hash = pair_hash(first, second);
        self.paired[hash / 64] |= 1 << (hash % 64);
        let mut slot = hash % PAIR_SLOTS;
        while self.pairs[slot].is_taken {
            slot += 1;
        }
        self.pairs[slot] = Pair { first, second, is_taken: true };
    }

    /// Whether attacks are made of the word, in a language that is not English.
    fn is_telling(&self, place: u16) -> bool {
        place >= self.foreign && self.words[usize::from(place)].is_telling
    }

    /// The words of these letters, in any order.
    fn with_bag(&self, bag: Bag) -> impl Iterator<Item = u16> {
        self.slots(bag).filter(move |slot| slot.letters.bag == bag).map(|slot| slot.place - 1)
    }

    /// All that may be words of these letters.
    fn slots(&self, bag: Bag) -> impl Iterator<Item = &Slot> {
        let hash = bag.hash();
        let is_some = self.bags[hash / 64] & 1 << (hash % 64) != 0;
        let from = if is_some { hash % WORD_SLOTS } else { self.by_bag.len() };
        self.by_bag[from..].iter().take_while(|slot| slot.place != 0)
    }

    /// Which of two words often stands first where they stand together, if one does.
    fn first_of(&self, one: u16, other: u16) -> Option<u16> {
        let hash = pair_hash(one, other);
        if self.paired[hash / 64] & 1 << (hash % 64) == 0 {
            return None;
        }
        let mut pairs = self.pairs[hash % PAIR_SLOTS..].iter().take_while(|pair| pair.is_taken);
        let is_it =
            |pair: &&Pair| (pair.first, pair.second) == (one, other) || (pair.first, pair.second) == (other, one);
        pairs.find(is_it).map(|pair| pair.first)
    }
}

/// The same for both orders.
const fn pair_hash(one: u16, other: u16) -> usize {
    let both = (one as u32 ^ other as u32) << 16 | one.wrapping_add(other) as u32;
    (both.wrapping_mul(0x9E37_79B1) >> 16) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_as_canonical_text_has_them_and_fit_their_tables() {
        let is_plain = |word: &str| !word.is_empty() && word.bytes().all(|letter| letter.is_ascii_lowercase());
        let foreign =
            GLOSSARY.lines().filter_map(|line| line.split_once('\t')).flat_map(|(_, foreign)| foreign.split(' '));
        let odd: Vec<&str> = WORDS.lines().chain(foreign).filter(|word| !is_plain(word)).collect();
        assert!(odd.is_empty(), "{odd:?}");
        let vocabulary = Vocabulary::new();
        assert!(vocabulary.words.len() * 2 <= WORD_SLOTS && PAIRS.lines().count() * 2 <= PAIR_SLOTS);
        assert!(vocabulary.by_bag.last().unwrap().place == 0 && !vocabulary.pairs.last().unwrap().is_taken);
    }

    #[test]
    fn words_are_found_by_their_letters() {
        let found = |word: &str| -> Vec<&str> {
            let places = VOCABULARY.with_bag(Letters::of(word.as_bytes()).bag);
            places.map(|place| VOCABULARY.words[usize::from(place)].text).collect()
        };
        assert_eq!(found("snoitcurtsni"), ["instructions"]);
        assert!(found("form").contains(&"from") && found("form").contains(&"form"));
        assert!(found("zzyzx").is_empty());
    }
}
