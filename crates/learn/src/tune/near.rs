//! Which texts are nearly the same: estimated overlap of their word sequences.
//!
//! Source: Broder, "On the resemblance and containment of documents" (1997); bands after Leskovec, Rajaraman and Ullman, "Mining
//! of Massive Datasets", chapter 3.

use std::collections::{HashMap, HashSet};

/// Numbers of a sketch.
const HASHES: usize = 64;
/// Numbers that have to agree for two texts to be compared at all: pairs that overlap by half are found 13 times out of 14.
const BAND: usize = 2;
/// Words of a sequence.
const WORDS: usize = 3;

/// The least hash of a text's word sequences, for each of many ways to hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sketch([u64; HASHES]);

impl Sketch {
    /// Sketches a text; capitals and punctuation do not count.
    pub fn of(text: &str) -> Self {
        let lower = text.to_lowercase();
        let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
        let mut least = [u64::MAX; HASHES];
        let length = WORDS.min(words.len().max(1));
        for sequence in words.windows(length) {
            let key = sequence
                .iter()
                .flat_map(|word| word.bytes().chain([0]))
                .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
            for (at, least) in least.iter_mut().enumerate() {
                *least = (*least).min(mixed(key, at as u64));
            }
        }
        Self(least)
    }

    /// The estimated share of word sequences that two texts have in common, 0 to 1.
    pub fn overlap(&self, other: &Self) -> f64 {
        self.0.iter().zip(&other.0).filter(|(a, b)| a == b).count() as f64 / HASHES as f64
    }
}

const fn mixed(key: u64, way: u64) -> u64 {
    let x = (key ^ way.wrapping_mul(0x9e37_79b9_7f4a_7c15)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 29)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 32)
}

/// For each text the first one that it is joined with by a chain of overlaps of at least `share`.
pub fn clusters(sketches: &[Sketch], share: f64) -> Vec<usize> {
    let mut first: Vec<usize> = (0..sketches.len()).collect();
    let mut seen: HashSet<(usize, usize)> = HashSet::new();
    for band in 0..HASHES / BAND {
        let mut buckets: HashMap<&[u64], Vec<usize>> = HashMap::new();
        for (at, sketch) in sketches.iter().enumerate() {
            buckets.entry(&sketch.0[band * BAND..(band + 1) * BAND]).or_default().push(at);
        }
        for bucket in buckets.values() {
            // A chain needs its neighbours only: each is held against the one before it, and the first.
            for pair in bucket.windows(2).map(|pair| (pair[0], pair[1])).chain(bucket.iter().map(|at| (bucket[0], *at)))
            {
                if pair.0 != pair.1 && seen.insert(pair) && sketches[pair.0].overlap(&sketches[pair.1]) >= share {
                    join(&mut first, pair);
                }
            }
        }
    }
    (0..sketches.len()).map(|at| root(&first, at)).collect()
}

fn join(first: &mut [usize], (a, b): (usize, usize)) {
    let (a, b) = (root(first, a), root(first, b));
    first[a.max(b)] = a.min(b);
}

fn root(first: &[usize], mut at: usize) -> usize {
    while first[at] != at {
        at = first[at];
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlap_is_near_what_it_estimates() {
        let words = |from: usize| (from..from + 200).map(|n| format!("word{n}")).collect::<Vec<_>>().join(" ");
        let (a, b) = (Sketch::of(&words(0)), Sketch::of(&words(100)));
        assert!((a.overlap(&a) - 1.0).abs() < 1e-9);
        assert!((a.overlap(&b) - 1.0 / 3.0).abs() < 0.2, "{}", a.overlap(&b));
        assert!(a.overlap(&Sketch::of(&words(1_000))) < 0.1);
        assert!((Sketch::of("The shop, closed!").overlap(&Sketch::of("the shop closed")) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn texts_that_are_nearly_alike_are_one_cluster() {
        let long = "please tell me how many legs a spider has and where it lives in the winter";
        let texts = [long.to_owned(), "what is the tallest mountain".to_owned(), format!("{long} now"), String::new()];
        let sketches: Vec<Sketch> = texts.iter().map(|text| Sketch::of(text)).collect();
        assert_eq!(clusters(&sketches, 0.5), [0, 1, 0, 3]);
    }
}
