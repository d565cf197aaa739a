//! Wrong letters, digits for letters, capitals: what people type anyway. Trained on.

use super::letter::{each, words};
use super::{Change, Family, Mutator};
use crate::random::Random;

/// The family.
pub const MUTATORS: &[Mutator] = &[
    damage("dropped-letter", |text, random| words(text, random, 0.3, dropped)),
    damage("doubled-letter", |text, random| words(text, random, 0.3, doubled)),
    damage("wrong-letter", |text, random| words(text, random, 0.25, wrong)),
    damage("leet", |text, random| words(text, random, 0.4, leet)),
    damage("capitals", |text, random| each(text, random, flip)),
];

const fn damage(name: &'static str, change: fn(&str, &mut Random) -> String) -> Mutator {
    Mutator::new(name, Family::Spelling, Change::Damage(change))
}

fn dropped(word: &[char], random: &mut Random) -> String {
    let at = 1 + random.below(word.len() - 2);
    word.iter().enumerate().filter(|(place, _)| *place != at).map(|(_, c)| c).collect()
}

fn doubled(word: &[char], random: &mut Random) -> String {
    let at = random.below(word.len());
    word.iter().enumerate().flat_map(|(place, &c)| std::iter::repeat_n(c, 1 + usize::from(place == at))).collect()
}

fn wrong(word: &[char], random: &mut Random) -> String {
    let (at, other) = (1 + random.below(word.len() - 1), char::from(b'a' + random.below(26) as u8));
    word.iter().enumerate().map(|(place, &c)| if place == at { other } else { c }).collect()
}

fn leet(word: &[char], _: &mut Random) -> String {
    word.iter()
        .map(|c| match c {
            'a' => '4',
            'e' => '3',
            'i' => '1',
            'o' => '0',
            's' => '5',
            other => *other,
        })
        .collect()
}

fn flip(c: char, random: &mut Random) -> String {
    if random.chance(0.5) { c.to_uppercase().collect() } else { c.to_lowercase().collect() }
}
