//! Which lists a word is on: given names, family names, places, organizations, words that everybody uses; and whether it and
//! the word beside it stand so in the name of a place or of an organization.
//!
//! The lists are a Bloom filter: one in some hundreds of words is on a list by chance, and none is missing.

use super::groups::{self, GROUP_BYTES};
use super::token::{MIX, Shape, Token};

/// Bits of the filter, as a power of two.
const LIST_BITS: u32 = 21;
/// Bytes of the filter.
pub(super) const FILTER_BYTES: usize = 1 << (LIST_BITS - 3);
/// Bytes of the filter and, behind it, of the groups of words.
pub const LIST_BYTES: usize = FILTER_BYTES + GROUP_BYTES;
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
    /// Organizations whose name is one word.
    Organization,
    /// Two words that follow each other in the name of a place; see [`put_pair`].
    PlacePair,
    /// Two words that follow each other in the name of an organization.
    OrganizationPair,
}

impl List {
    /// All of them; the position is the bit in a token.
    pub const ALL: [Self; 8] = [
        Self::Given,
        Self::Family,
        Self::Town,
        Self::Country,
        Self::Common,
        Self::Organization,
        Self::PlacePair,
        Self::OrganizationPair,
    ];
    /// Those that single words are on.
    const WORDS: usize = 6;

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// Puts a word on a list.
pub fn put(filter: &mut [u8; LIST_BYTES], list: List, token: &Token) {
    for place in places(list, token.key) {
        filter[place / 8] |= 1 << (place % 8);
    }
}

/// Puts two words that follow each other on a list.
pub fn put_pair(filter: &mut [u8; LIST_BYTES], list: List, first: &Token, second: &Token) {
    for place in places(list, pair(first, second)) {
        filter[place / 8] |= 1 << (place % 8);
    }
}

/// Tokens with the lists that they are on.
pub struct Listed<'f, T> {
    filter: &'f [u8; LIST_BYTES],
    tokens: T,
    ahead: Option<Token>,
}

impl<'f, T: Iterator<Item = Token>> Listed<'f, T> {
    /// Looks tokens up as they come.
    pub fn of(filter: &'f [u8; LIST_BYTES], mut tokens: T) -> Self {
        let ahead = tokens.next().map(|token| known(filter, token));
        Self { filter, tokens, ahead }
    }
}

impl<T: Iterator<Item = Token>> Iterator for Listed<'_, T> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        let token = self.ahead.take()?;
        let Some(next) = self.tokens.next() else { return Some(token) };
        let both = of_pair(self.filter, &token, &next);
        self.ahead = Some(known(self.filter, next).listed(both));
        Some(token.listed(both))
    }
}

/// The token with the lists that it is on by itself, and with its group.
fn known(filter: &[u8; LIST_BYTES], token: Token) -> Token {
    token.listed(of(filter, &token)).grouped(groups::of(filter, &token))
}

/// The lists that two neighbours are on together.
fn of_pair(filter: &[u8; LIST_BYTES], first: &Token, second: &Token) -> u8 {
    if !(first.is_word() && second.is_word()) || first.has_digits() || second.has_digits() {
        return 0;
    }
    let key = pair(first, second);
    let lists = [List::PlacePair, List::OrganizationPair];
    lists.iter().fold(0, |bits, list| bits | if is_on(filter, *list, key) { list.bit() } else { 0 })
}

const fn pair(first: &Token, second: &Token) -> u64 {
    (first.key.rotate_left(9) ^ second.key).wrapping_mul(MIX)
}

fn is_on(filter: &[u8; LIST_BYTES], list: List, key: u64) -> bool {
    places(list, key).all(|place| filter[place / 8] >> (place % 8) & 1 == 1)
}

/// The lists that a token is on by itself, a bit each.
fn of(filter: &[u8; LIST_BYTES], token: &Token) -> u8 {
    if !token.is_word() || (token.has_digits() && token.shape != Shape::Alphanumeric) {
        return 0;
    }
    let words = &List::ALL[..List::WORDS];
    words.iter().fold(0, |bits, list| bits | if is_on(filter, *list, token.key) { list.bit() } else { 0 })
}

fn places(list: List, key: u64) -> impl Iterator<Item = usize> {
    let hash = (key ^ (list as u64 + 1).wrapping_mul(0xd6e8_feb8_6659_fd93)).wrapping_mul(MIX);
    let step = (hash >> 32 ^ hash << 11) | 1;
    (0..PROBES)
        .map(move |probe| (hash.wrapping_add(step.wrapping_mul(probe)).wrapping_mul(MIX) >> (64 - LIST_BITS)) as usize)
}
