//! Walking over letters and words.

use crate::random::Random;

/// Longer words are codes, or words without blanks: changed, nobody reads them any more.
const LETTERS_MAX: usize = 24;

/// Changes some of the words of four letters or more.
pub(super) fn words(text: &str, random: &mut Random, share: f64, change: fn(&[char], &mut Random) -> String) -> String {
    let changed = text.split(' ').map(|word| {
        let letters: Vec<char> = word.chars().collect();
        if (4..=LETTERS_MAX).contains(&letters.len()) && random.chance(share) {
            change(&letters, random)
        } else {
            word.to_owned()
        }
    });
    changed.collect::<Vec<_>>().join(" ")
}

/// Changes every letter.
pub(super) fn each(text: &str, random: &mut Random, change: fn(char, &mut Random) -> String) -> String {
    text.chars().map(|c| if c.is_alphabetic() { change(c, random) } else { c.to_string() }).collect()
}

/// Puts characters in the place of others, by pairs.
pub(super) fn swap(text: &str, pairs: &[(char, char)]) -> String {
    text.chars().map(|c| pairs.iter().find(|(from, _)| *from == c).map_or(c, |(_, to)| *to)).collect()
}

/// As [`swap`], the other way round.
pub(super) fn swap_back(text: &str, pairs: &[(char, char)]) -> String {
    text.chars().map(|c| pairs.iter().find(|(_, to)| *to == c).map_or(c, |(from, _)| *from)).collect()
}
