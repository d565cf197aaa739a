//! How often a literal stands in ordinary text: what anchors are chosen by.
//!
//! The table beside this file holds the words of benign texts (questions, role-play, uses of tools, documents, code) that
//! are more frequent than forty in a million, counted by `cargo xtask words`. It decides what is fast, never what is found.

use std::sync::LazyLock;

use super::literal::Literal;

/// Lines of a word and how often it stands among a million words, in the order of the alphabet.
const WORDS: &str = include_str!("words.txt");
/// Of a word that the table does not have, or a sign: a letter more makes it a few times as rare.
const UNKNOWN: u64 = 40;
/// A second word in a row is there in one of so many places.
const IN_A_ROW: u64 = 8;

/// The words, and how often those before each stand together.
static TABLE: LazyLock<Table> = LazyLock::new(Table::read);

struct Table {
    words: Vec<&'static str>,
    before: Vec<u64>,
}

impl Table {
    fn read() -> Self {
        let (mut words, mut before, mut sum) = (Vec::new(), vec![0], 0);
        for (word, count) in WORDS.lines().filter_map(|line| line.split_once(' ')) {
            words.push(word);
            sum += count.parse::<u64>().unwrap_or(0);
            before.push(sum);
        }
        Self { words, before }
    }

    /// How often words stand that are this one, or begin so.
    fn count(&self, text: &str, is_whole: bool) -> u64 {
        let from = self.words.partition_point(|word| *word < text);
        let is_of_it = |word: &&str| if is_whole { *word == text } else { word.starts_with(text) };
        let to = from + self.words[from..].iter().take_while(|word| is_of_it(word)).count();
        self.before[to] - self.before[from]
    }
}

/// About how often a literal stands among a thousand million words.
pub(super) fn of(literal: &Literal) -> u64 {
    let text = str::from_utf8(literal.text()).unwrap_or_default();
    let is_word = |letter: char| letter.is_ascii_alphabetic();
    let ends_open = text.ends_with(is_word) && !literal.ends_word();
    let words: Vec<&str> = text.split(|letter| !is_word(letter)).filter(|word| !word.is_empty()).collect();
    let each = words.iter().enumerate().map(|(index, word)| {
        let is_whole = !(ends_open && index + 1 == words.len());
        1_000 * TABLE.count(word, is_whole) + unknown(word.len())
    });
    let signs = text.bytes().filter(|byte| !byte.is_ascii_alphabetic() && *byte != b' ').count();
    let rarest = each.min().unwrap_or_else(|| unknown(text.len()));
    rarest / IN_A_ROW.pow(u32::try_from(words.len().saturating_sub(1) + signs).unwrap_or(8).min(8))
}

/// Of what the table does not have.
fn unknown(len: usize) -> u64 {
    let rarer = u32::try_from(len.saturating_sub(4)).unwrap_or(8).min(8);
    (UNKNOWN * 1_000) >> rarer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order() {
        assert!(TABLE.words.is_sorted() && TABLE.words.len() > 1_000);
    }

    #[test]
    fn frequent_words_are_known_as_such() {
        let ranks = [r"you\b", "write ", r"\bpassword", "jailbreak", "jailbreak mode", "<!--"];
        let counts: Vec<u64> = ranks.iter().map(|written| of(&Literal::parse(written))).collect();
        assert!(counts.windows(2).all(|pair| pair[0] > pair[1]), "{counts:?}");
        assert!(of(&Literal::parse("comm")) > of(&Literal::parse(r"\bcomm\b")), "other words begin so");
    }
}
