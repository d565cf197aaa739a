//! Letters of other scripts that pass for Latin ones.
//!
//! Follows the skeletons of Unicode Technical Standard 39, one letter at a time and only towards ASCII, because the full
//! skeleton also changes plain letters (`m` becomes `rn`).
//!
//! Invariant: a word in one script other than Latin is left alone, unless it stands in Latin text and consists of
//! look-alikes only.

use unicode_security::confusable_detection::skeleton;

use super::letter;

/// Shorter mixed words are units and formulas (`µm`, `Δx`): resolved, not counted.
const COUNTED_LETTERS_MIN: usize = 4;

/// Says whether at least seven of ten letters are Latin.
pub(super) fn is_mostly_latin(text: &str) -> bool {
    let (mut latin, mut other) = (0_usize, 0_usize);
    for c in text.chars() {
        if c.is_ascii_alphabetic() {
            latin += 1;
        } else if !c.is_ascii() && is_lookalike_script(c) {
            other += 1;
        }
    }
    latin * 3 >= other * 7
}

/// Replaces the look-alikes of one alphabetic run; returns how many of them are suspicious.
pub(super) fn resolve(run: &mut [char], mostly_latin: impl FnOnce() -> bool) -> u32 {
    if !run.iter().any(|&c| is_lookalike_script(c)) {
        return 0;
    }
    let is_mixed = run.iter().any(char::is_ascii_alphabetic);
    let passes = || run.len() >= COUNTED_LETTERS_MIN && run.iter().all(|&c| latin(c).is_some());
    if !(is_mixed || passes() && mostly_latin()) {
        return 0;
    }
    let mut resolved = 0;
    for c in run.iter_mut() {
        if let Some(letter) = latin(*c).filter(|letter| letter != c) {
            *c = letter;
            resolved += 1;
        }
    }
    if run.len() >= COUNTED_LETTERS_MIN { resolved } else { 0 }
}

/// The ASCII letter that `c` passes for: as it is, or in lower case.
fn latin(c: char) -> Option<char> {
    if c.is_ascii_alphabetic() {
        return Some(c);
    }
    if let Some(letter) = single(c) {
        // The skeletons of capital I look-alikes are the small letter l.
        return Some(if c.is_uppercase() && letter == 'l' { 'i' } else { letter });
    }
    let mut lower = c.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(lower), None) if lower != c => single(lower),
        _ => None,
    }
}

fn single(c: char) -> Option<char> {
    let mut buffer = [0; 4];
    let mut shape = skeleton(c.encode_utf8(&mut buffer));
    let (first, second) = (shape.next()?, shape.next());
    if second.is_some() {
        return None;
    }
    let seen = letter::look(first).unwrap_or(first);
    seen.is_ascii_alphabetic().then_some(seen)
}

/// Scripts whose letters are used to imitate Latin.
const fn is_lookalike_script(c: char) -> bool {
    matches!(c,
        '\u{370}'..='\u{58f}'      // Greek, Cyrillic, Armenian
        | '\u{10a0}'..='\u{10ff}'  // Georgian
        | '\u{13a0}'..='\u{13ff}'  // Cherokee
        | '\u{2c80}'..='\u{2cff}'  // Coptic
        | '\u{a4d0}'..='\u{a4ff}'  // Lisu
        | '\u{a640}'..='\u{a69f}'  // Cyrillic Extended
        | '\u{ab70}'..='\u{abbf}') // Cherokee, small
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_words_that_imitate_latin_change() {
        let check = |word: &str, mostly_latin: bool, expected: &str| {
            let mut run: Vec<char> = word.chars().collect();
            resolve(&mut run, || mostly_latin);
            assert_eq!(run.into_iter().collect::<String>(), expected, "{word}");
        };
        check("іgnоrе", true, "ignore");
        check("ІGNORE", true, "iGNORE");
        check("ѕуѕtеm", false, "system");
        check("сосо", true, "coco");
        check("сосо", false, "сосо");
        check("привет", true, "привет");
        check("λόγος", true, "λόγος");
        check("straße", true, "straße");
    }
}
