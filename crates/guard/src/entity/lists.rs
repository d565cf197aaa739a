//! Which lists a word is on: given names, family names, places, words that everybody uses.
//!
//! The lists are a Bloom filter: one in some hundreds of words is on a list by chance, and none is missing.

use super::token::{MIX, Shape, Token};

/// Bits of the filter, as a power of two.
const LIST_BITS: u32 = 19;
/// Bytes of the filter.
pub const LIST_BYTES: usize = 1 << (LIST_BITS - 3);
/// Bits that stand for one word on one list.
const PROBES: u64 = 4;

/// A list of words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum List {
    /// Given names.
    Given,
    /// Family names.
    Family,
    /// Words in names of towns.
    Town,
    /// Words in names of countries and their parts.
    Country,
    /// Words in common use, written in lower case.
    Common,
}

impl List {
    /// All of them; the position is the bit in a token.
    pub const ALL: [Self; 5] = [Self::Given, Self::Family, Self::Town, Self::Country, Self::Common];
}

/// Puts a word on a list.
pub fn put(filter: &mut [u8; LIST_BYTES], list: List, token: &Token) {
    for place in places(list, token.key) {
        filter[place / 8] |= 1 << (place % 8);
    }
}

/// The lists that a token is on, a bit each.
pub(super) fn of(filter: &[u8; LIST_BYTES], token: &Token) -> u8 {
    if !token.is_word() || (token.has_digits() && token.shape != Shape::Alphanumeric) {
        return 0;
    }
    let is_on = |list: &List| places(*list, token.key).all(|place| filter[place / 8] >> (place % 8) & 1 == 1);
    List::ALL.iter().enumerate().fold(0, |lists, (bit, list)| lists | u8::from(is_on(list)) << bit)
}

fn places(list: List, key: u64) -> impl Iterator<Item = usize> {
    let hash = (key ^ (list as u64 + 1).wrapping_mul(0xd6e8_feb8_6659_fd93)).wrapping_mul(MIX);
    let step = (hash >> 32 ^ hash << 11) | 1;
    (0..PROBES)
        .map(move |probe| (hash.wrapping_add(step.wrapping_mul(probe)).wrapping_mul(MIX) >> (64 - LIST_BITS)) as usize)
}
