//! Which words are used alike: `Oslo` like `Helsinki`, `joined` like `left`. A word that no corpus held is read as its like are.
//!
//! A group is a number from 1; groups that share all but the last three bits are like each other. Words are kept by seven bits
//! of their hash beside their bucket, so a word that is in no group has one by chance in one of some eighteen cases.

use super::lists::{FILTER_BYTES, LIST_BYTES};
use super::token::{MIX, Token};

/// Buckets of words, as a power of two.
const BUCKET_BITS: u32 = 13;
/// Words in a bucket: what tells them apart, then their groups.
const SLOTS: usize = 8;
const BUCKET_BYTES: usize = 2 * SLOTS;
/// Bytes of all groups.
pub(super) const GROUP_BYTES: usize = BUCKET_BYTES << BUCKET_BITS;

/// Puts a word in a group, unless its bucket is full: what comes first stays.
pub fn put_group(lists: &mut [u8; LIST_BYTES], token: &Token, group: u8) {
    let (bucket, sign) = place(token);
    let bucket = &mut lists[FILTER_BYTES + bucket * BUCKET_BYTES..][..BUCKET_BYTES];
    if let Some(slot) = bucket[..SLOTS].iter().position(|known| *known == 0 || *known == sign)
        && bucket[slot] == 0
    {
        bucket[slot] = sign;
        bucket[SLOTS + slot] = group;
    }
}

/// The group of a word; 0 when it has none.
pub(super) fn of(lists: &[u8; LIST_BYTES], token: &Token) -> u8 {
    if !token.is_word() || token.has_digits() {
        return 0;
    }
    let (bucket, sign) = place(token);
    let bucket = &lists[FILTER_BYTES + bucket * BUCKET_BYTES..][..BUCKET_BYTES];
    bucket[..SLOTS].iter().position(|known| *known == sign).map_or(0, |slot| bucket[SLOTS + slot])
}

/// The bucket, and what tells the word apart in it; never 0, which is an empty slot.
const fn place(token: &Token) -> (usize, u8) {
    let hash = (token.key() ^ 0xd6e8_feb8_6659_fd93).wrapping_mul(MIX);
    let hash = (hash ^ hash >> 31).wrapping_mul(MIX);
    ((hash >> (64 - BUCKET_BITS)) as usize, (hash >> 20) as u8 | 1)
}

#[cfg(test)]
mod tests {
    use super::super::Tokens;
    use super::*;

    fn token(word: &str) -> Token {
        Tokens::of(word).next().unwrap()
    }

    #[test]
    fn a_word_is_in_its_group_in_every_spelling_and_what_comes_first_stays() {
        let mut lists = [0; LIST_BYTES];
        put_group(&mut lists, &token("Oslo"), 9);
        put_group(&mut lists, &token("oslo"), 10);
        assert_eq!((of(&lists, &token("OSLO")), of(&lists, &token("Bergen")), of(&lists, &token("2024"))), (9, 0, 0));
    }

    #[test]
    fn a_full_bucket_keeps_what_it_has() {
        let mut lists = [0; LIST_BYTES];
        let words: Vec<Token> = (0..200_000).map(|at| Token { key: at * 7_919 + 1, ..token("word") }).collect();
        words.iter().for_each(|word| put_group(&mut lists, word, 200));
        put_group(&mut lists, &token("oslo"), 9);
        let kept = words.iter().filter(|word| of(&lists, word) == 200).count();
        assert!(kept > SLOTS << BUCKET_BITS, "{kept}");
        assert_ne!(of(&lists, &token("oslo")), 9);
    }
}
