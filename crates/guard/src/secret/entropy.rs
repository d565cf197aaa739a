//! Says whether text looks drawn at random, the one gate that all rules of this family share.
//!
//! Shannon's entropy alone does not tell a key from a long word, so a value must mix classes of characters as well, and
//! must not be one that documentation puts where a key belongs.
//!
//! Invariant: what depends on the right neighbour looks at one character only, as streams require.

use super::placeholder::is_placeholder;
use crate::finding::Evidence;
use crate::rule::{Candidate, Hit};

/// Bits a character that hexadecimal digits need; drawn at random, 32 of them have about 3.6.
const HEX_BITS_MIN: f32 = 2.8;
/// Bits a character that longer text of other alphabets needs.
const BITS_MIN: f32 = 3.4;
/// Short text cannot have many bits: at most the logarithm of its length, of which it needs this much.
const SHARE_MIN: f32 = 0.7;
/// A distinctive prefix, and random text behind it.
const PREFIXED: f32 = 0.9;

/// Judges the last `N` bytes of a match, which are the random part of a key with a distinctive prefix.
pub(super) fn tail<const N: usize>(candidate: &Candidate<'_>) -> Option<Hit> {
    let matched = candidate.matched();
    let random = matched.get(matched.len().checked_sub(N)?..)?;
    let is_key = ends(candidate) && is_random(random) && !is_placeholder(matched);
    is_key.then_some(Hit::new(PREFIXED, Evidence::Entropy))
}

/// Says whether the match is not cut out of a longer word.
pub(super) fn ends(candidate: &Candidate<'_>) -> bool {
    !candidate.next().is_some_and(|next| next.is_ascii_alphanumeric() || next == '_')
}

/// Says whether `text` has the entropy of its alphabet and mixes classes of characters.
pub(super) fn is_random(text: &str) -> bool {
    classes(text) >= 2 && is_varied(text)
}

/// Says whether `text` has the entropy of its alphabet.
pub(super) fn is_varied(text: &str) -> bool {
    let is_hex = text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    let most = (text.len() as f32).log2() * SHARE_MIN;
    shannon(text) >= if is_hex { HEX_BITS_MIN } else { BITS_MIN }.min(most)
}

/// How many of the classes lower case, upper case and digits occur.
pub(super) fn classes(text: &str) -> usize {
    let classes: [fn(&u8) -> bool; 3] = [u8::is_ascii_lowercase, u8::is_ascii_uppercase, u8::is_ascii_digit];
    classes.iter().filter(|class| text.bytes().any(|byte| class(&byte))).count()
}

/// Shannon's entropy in bits a byte.
pub(super) fn shannon(text: &str) -> f32 {
    let mut counts = [0_u16; 256];
    for byte in text.bytes() {
        let count = &mut counts[usize::from(byte)];
        *count = count.saturating_add(1);
    }
    let len = text.len() as f32;
    let bits = |count: &u16| {
        let share = f32::from(*count) / len;
        -share * share.log2()
    };
    counts.iter().filter(|count| **count > 0).map(bits).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_text_passes_and_repetition_does_not() {
        assert!(is_random("7fK2mQ9xLr4TzB1cWd8Y"));
        assert!(is_random("9f2c04d1a7be3586"));
        assert!(!is_random("abababab12121212abab"));
        assert!(!is_random("loremipsumdolorsitamet"), "one class");
        assert!(!is_random("AAAAAAAAAAAAAAAAAAA1"));
        assert!(!is_random(""));
    }

    #[test]
    fn entropy_is_that_of_shannon() {
        assert!(shannon("aaaa").abs() < 1e-6);
        assert!((shannon("abcd") - 2.0).abs() < 1e-6);
        assert!((shannon("aabb") - 1.0).abs() < 1e-6);
    }
}
