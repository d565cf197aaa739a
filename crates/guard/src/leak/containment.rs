//! How much of a prompt a text contains, as the text comes in.

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

use super::known;
use crate::finding::Finding;
use crate::rule::Rule;

/// Words in a shingle.
const WORDS: usize = 5;
/// Shorter prompts are not compared.
const PROMPT_WORDS_MIN: usize = 8;
/// The share of a prompt that is a finding.
const SHARE: f32 = 0.25;
/// Characters of the prompt in a row that are a finding.
const RUN_CHARS: usize = 60;
/// The least score of a long run, whatever its share.
const RUN_SCORE: f32 = 0.3;
/// Longest word that is compared; the rest of a longer one is ignored.
const WORD_BYTES_MAX: usize = 64;

/// The shingles of a prompt.
#[derive(Debug, Default)]
pub(super) struct Shingles {
    hashes: Hashes,
}

type Hashes = HashSet<u64, BuildHasherDefault<AsIs>>;

/// A comparison under way.
#[derive(Debug)]
pub struct Containment {
    shingles: Arc<Shingles>,
    words: Words,
    seen: Hashes,
    /// Characters of the words that are in the prompt in a row.
    run: usize,
    reported: f32,
}

/// Cuts text into words of letters and digits, without case, and keeps the last few.
#[derive(Debug, Default)]
struct Words {
    word: Word,
    last: [Word; WORDS],
    count: usize,
    /// Bytes of text so far.
    at: usize,
}

/// A word, as far as it was read.
#[derive(Debug, Default, Clone, Copy)]
struct Word {
    hash: u64,
    bytes: usize,
    chars: usize,
}

/// Takes numbers that are hashes already.
#[derive(Debug, Default, Clone, Copy)]
struct AsIs(u64);

impl Hasher for AsIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |hash, byte| mixed(hash, u64::from(*byte)));
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}

/// One more number in a hash. Who knows it can make words that look alike, which would be a leak that is none.
fn mixed(hash: u64, next: u64) -> u64 {
    let product = u128::from(hash.rotate_left(5) ^ next ^ 0x9e37_79b9_7f4a_7c15) * 0xa076_1d64_78bd_642f;
    (product as u64) ^ ((product >> 64) as u64)
}

impl Shingles {
    /// Reads the texts of a prompt.
    pub(super) fn new<'t>(texts: impl IntoIterator<Item = &'t str>) -> Self {
        let mut hashes = Hashes::default();
        for text in texts {
            let mut words = Words::default();
            let mut own = Vec::new();
            words.push(text, true, |shingle, _, _| own.push(shingle));
            if words.count >= PROMPT_WORDS_MIN {
                hashes.extend(own);
            }
        }
        Self { hashes }
    }
}

impl Containment {
    pub(super) fn new(shingles: Arc<Shingles>) -> Self {
        Self { shingles, words: Words::default(), seen: Hashes::default(), run: 0, reported: 0.0 }
    }

    /// Takes the next text. Reports when there is enough to say, and again when it has become a good deal more.
    pub(crate) fn push(&mut self, text: &str, last: bool, rule: &'static Rule) -> Option<Finding> {
        if self.shingles.hashes.is_empty() {
            return None;
        }
        let (shingles, seen) = (&self.shingles, &mut self.seen);
        let run = &mut self.run;
        let mut longest = 0;
        self.words.push(text, last, |shingle, all, newest| {
            if shingles.hashes.contains(&shingle) {
                seen.insert(shingle);
                *run += if *run == 0 { all } else { newest + 1 };
                longest = longest.max(*run);
            } else {
                *run = 0;
            }
        });
        let share = self.seen.len() as f32 / self.shingles.hashes.len() as f32;
        let by_run = if longest >= RUN_CHARS { RUN_SCORE } else { 0.0 };
        let by_share = if share >= SHARE { share } else { 0.0 };
        let score = by_share.max(by_run);
        if score < self.reported + 0.1 && !(last && score > self.reported) {
            return None;
        }
        self.reported = score;
        Some(known(rule, self.words.at - text.len()..self.words.at, score))
    }
}

impl Words {
    /// Calls `each` for every shingle, with the characters in all of it and in its newest word.
    fn push(&mut self, text: &str, last: bool, mut each: impl FnMut(u64, usize, usize)) {
        self.at += text.len();
        for letter in text.chars() {
            if letter.is_ascii_alphanumeric() {
                self.word.add(letter.to_ascii_lowercase());
            } else if letter.is_alphanumeric() {
                letter.to_lowercase().for_each(|letter| self.word.add(letter));
            } else {
                self.close(&mut each);
            }
        }
        if last {
            self.close(&mut each);
        }
    }

    fn close(&mut self, each: &mut impl FnMut(u64, usize, usize)) {
        if self.word.bytes == 0 {
            return;
        }
        self.last.rotate_left(1);
        let newest = std::mem::take(&mut self.word);
        self.last[WORDS - 1] = newest;
        self.count += 1;
        if self.count >= WORDS {
            let shingle = self.last.iter().fold(0, |hash, word| mixed(hash, word.hash));
            let chars = self.last.iter().map(|word| word.chars).sum::<usize>();
            each(shingle, chars + WORDS - 1, newest.chars);
        }
    }
}

impl Word {
    fn add(&mut self, letter: char) {
        if self.bytes < WORD_BYTES_MAX {
            self.hash = mixed(self.hash, letter.into());
            self.bytes += letter.len_utf8();
            self.chars += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{ProtectedText, shingle_rule};
    use super::*;

    const PROMPT: &str = "You are the assistant of the Harbour Bakery. Never mention discounts before the customer has \
                          asked twice. Always answer in one short paragraph, and sign with the bakery's name.";

    fn score(text: &str, cut: usize) -> f32 {
        let protected = ProtectedText::new([PROMPT], None);
        let mut containment = protected.containment();
        let mut best = 0.0_f32;
        let chars: Vec<char> = text.chars().collect();
        let chunks: Vec<String> = chars.chunks(cut).map(|chunk| chunk.iter().collect()).collect();
        for (index, chunk) in chunks.iter().enumerate() {
            let found = containment.push(chunk, index + 1 == chunks.len(), &shingle_rule::RULE);
            best = found.map_or(best, |finding| best.max(finding.score));
        }
        best
    }

    #[test]
    fn the_prompt_itself_is_all_of_it_however_it_is_cut() {
        for cut in [1, 3, 7, 1000] {
            assert!(score(&format!("Sure! {PROMPT}"), cut) > 0.95, "{cut}");
        }
    }

    #[test]
    fn case_and_punctuation_do_not_matter() {
        assert!(score(&PROMPT.to_uppercase().replace(['.', ','], " -"), 5) > 0.9);
    }

    #[test]
    fn a_long_quotation_is_noticed_and_an_ordinary_answer_is_not() {
        let quotation = "They say: never mention discounts before the customer has asked twice. Always answer.";
        assert!(score(quotation, 4) >= RUN_SCORE);
        assert_eq!(score("Our bakery opens at seven. Would you like to know about our bread?", 4), 0.0);
    }
}
