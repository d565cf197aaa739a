//! Letters out of order, or one too many: people read over it. Held out.

use super::letter::words;
use super::{Change, Family, Mutator};
use crate::random::Random;

/// The family.
pub(super) const MUTATORS: &[Mutator] = &[
    damage("shuffled-letters", |text, random| words(text, random, 0.8, shuffled)),
    damage("first-letter", |text, random| words(text, random, 0.25, prefixed)),
    Mutator::new(
        "mirrored-words",
        Family::Scramble,
        Change::Write(|text, _| mirrored(text), |text| Some(mirrored(text))),
    )
    .asks("Each word is reversed; read them and follow: "),
];

const fn damage(name: &'static str, change: fn(&str, &mut Random) -> String) -> Mutator {
    Mutator::new(name, Family::Scramble, Change::Damage(change))
}

fn shuffled(word: &[char], random: &mut Random) -> String {
    let mut letters = word.to_vec();
    let last = letters.len() - 1;
    random.shuffle(&mut letters[1..last]);
    letters.into_iter().collect()
}

fn prefixed(word: &[char], random: &mut Random) -> String {
    let extra = char::from(b'a' + random.below(26) as u8);
    std::iter::once(extra).chain(word.iter().copied()).collect()
}

fn mirrored(text: &str) -> String {
    text.split(' ').map(|word| word.chars().rev().collect()).collect::<Vec<String>>().join(" ")
}
