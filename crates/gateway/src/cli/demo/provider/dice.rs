//! Seeded chance: the same conversation is always answered with the same ids and cut in the same places.
//!
//! Invariant: nothing here is secret or unpredictable; it is for reproducible awkwardness only.

/// A small generator (SplitMix64).
#[derive(Debug, Clone)]
pub(super) struct Dice(u64);

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

impl Dice {
    /// Dice that fall the same way for the same text.
    pub(super) fn seeded(text: &str) -> Self {
        // FNV-1a
        Self(
            text.bytes()
                .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)),
        )
    }

    /// The next number.
    pub(super) fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0 to `bound - 1`; 0 when `bound` is 0.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound.max(1)).unwrap_or(u64::MAX);
        usize::try_from(self.roll() % bound).unwrap_or(0)
    }

    /// `length` characters of `alphabet`.
    pub(super) fn word(&mut self, alphabet: &[u8], length: usize) -> String {
        (0..length).map(|_| char::from(alphabet[self.below(alphabet.len())])).collect()
    }

    /// An identifier as providers make them: a prefix and letters and digits.
    pub(super) fn id(&mut self, prefix: &str) -> String {
        format!("{prefix}{}", self.word(BASE62, 24))
    }
}

/// The digits of base 62, smallest first, as checksums of tokens use them.
pub(super) const fn base62() -> &'static [u8; 62] {
    BASE62
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_falls_the_same_way() {
        assert_eq!(Dice::seeded("a").id("x-"), Dice::seeded("a").id("x-"));
        assert_ne!(Dice::seeded("a").id("x-"), Dice::seeded("b").id("x-"));
    }

    #[test]
    fn numbers_stay_below_their_bound() {
        let mut dice = Dice::seeded("bound");
        assert!((0..1000).all(|_| dice.below(7) < 7));
        assert_eq!(dice.below(0), 0);
    }
}
