//! # What it finds
//! A Bitcoin address of the newer kind (bc1).
//!
//! # Why it matters
//! All payments to and from it are public; with a name next to it they have an owner.
//!
//! # Example
//! `bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4`
//!
//! # Limits and sources
//! The checksums of BIP 173 and BIP 350. Upper case is not found.

use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI092",
    name: "bitcoin-segwit",
    family: Family::Pii,
    category: "pii.crypto-wallet",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\bbc1[02-9ac-hj-np-z]{11,71}\b",
        anchor: Anchor::Literals(&["bc1"]),
        longest: 74,
        verify,
    }),
};

const ALPHABET: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
const GENERATOR: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
/// What the polynomial leaves for BIP 173 and BIP 350.
const RESTS: [u32; 2] = [1, 0x2bc8_30a3];

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let mut rest = [3, 3, 0, 2, 3].into_iter().fold(1, step);
    for byte in candidate.matched().bytes().skip(3) {
        let value = ALPHABET.iter().position(|known| *known == byte)?;
        rest = step(rest, u32::try_from(value).ok()?);
    }
    RESTS.contains(&rest).then(|| Hit::new(0.98, Evidence::Checksum))
}

/// One step of the polynomial over groups of five bits.
fn step(rest: u32, value: u32) -> u32 {
    let next = (rest & 0x01ff_ffff) << 5 ^ value;
    let top = rest >> 25;
    GENERATOR.iter().enumerate().filter(|(bit, _)| top >> bit & 1 == 1).fold(next, |next, (_, term)| next ^ term)
}
