//! Blanks and signs inside or between words. Held out.

use super::letter::words;
use super::{Change, Family, Mutator};
use crate::random::Random;

/// The family.
pub(super) const MUTATORS: &[Mutator] = &[
    new("spaced", Change::Write(spaced, unspaced)),
    new("split-words", Change::Damage(|text, random| words(text, random, 0.3, hyphenated))),
    new("underscores", Change::Write(|text, _| text.replace(' ', "_"), |text| Some(text.replace('_', " ")))),
    new(
        "letters-in-lines",
        Change::Write(
            |text, _| in_lines(text),
            |text| Some(text.replace("\n\n", "\u{0}").replace('\n', "").replace('\u{0}', " ")),
        ),
    ),
    new("no-blanks", Change::Damage(|text, _| camel(text))),
];

const fn new(name: &'static str, change: Change) -> Mutator {
    Mutator::new(name, Family::Spacing, change)
}

const SIGNS: [&str; 4] = [" ", "-", ".", "_"];

fn spaced(text: &str, random: &mut Random) -> String {
    let sign = *random.pick(&SIGNS);
    let word = |word: &str| word.chars().map(String::from).collect::<Vec<_>>().join(sign);
    text.split(' ').map(word).collect::<Vec<_>>().join("  ")
}

/// Every other character of a word is the sign.
fn unspaced(text: &str) -> Option<String> {
    let words = text.split("  ").map(|word| word.chars().step_by(2).collect::<String>());
    Some(words.collect::<Vec<_>>().join(" "))
}

fn hyphenated(word: &[char], random: &mut Random) -> String {
    let at = 1 + random.below(word.len() - 1);
    let (left, right) = word.split_at(at);
    left.iter().chain(&['-']).chain(right).collect()
}

/// A letter a line, an empty line between words.
fn in_lines(text: &str) -> String {
    let word = |word: &str| word.chars().map(String::from).collect::<Vec<_>>().join("\n");
    text.split([' ', '\n']).map(word).collect::<Vec<_>>().join("\n\n")
}

fn camel(text: &str) -> String {
    let word = |word: &str| {
        let mut chars = word.chars();
        chars.next().into_iter().flat_map(char::to_uppercase).chain(chars).collect::<String>()
    };
    text.split(' ').map(word).collect()
}
