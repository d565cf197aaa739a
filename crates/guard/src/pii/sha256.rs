//! SHA-256 (FIPS 180-4) of short texts, for the checksum in Bitcoin addresses. Nothing secret depends on it.
//!
//! The constants are the fractions of roots of primes, worked out when the program is compiled.

/// Fractions of the square roots of the first eight primes.
const START: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];
/// Fractions of the cube roots of the first 64 primes.
const ROUNDS: [u32; 64] = rounds();

/// The digest of `text`, which is at most 55 bytes long: longer text is cut off.
pub(super) fn digest(text: &[u8]) -> [u8; 32] {
    let text = &text[..text.len().min(55)];
    let mut block = [0_u8; 64];
    block[..text.len()].copy_from_slice(text);
    block[text.len()] = 0x80;
    block[56..].copy_from_slice(&(text.len() as u64 * 8).to_be_bytes());
    let mut digest = [0_u8; 32];
    for (bytes, word) in digest.chunks_exact_mut(4).zip(compress(&block)) {
        bytes.copy_from_slice(&word.to_be_bytes());
    }
    digest
}

fn compress(block: &[u8; 64]) -> [u32; 8] {
    let words = schedule(block);
    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = START;
    for (round, word) in ROUNDS.iter().zip(words) {
        let turned = e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25);
        let chosen = (e & f) ^ (!e & g);
        let first = h.wrapping_add(turned).wrapping_add(chosen).wrapping_add(*round).wrapping_add(word);
        let turned = a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22);
        let second = turned.wrapping_add((a & b) ^ (a & c) ^ (b & c));
        (h, g, f, e) = (g, f, e, d.wrapping_add(first));
        (d, c, b, a) = (c, b, a, first.wrapping_add(second));
    }
    let end = [a, b, c, d, e, f, g, h];
    std::array::from_fn(|at| START[at].wrapping_add(end[at]))
}

fn schedule(block: &[u8; 64]) -> [u32; 64] {
    let mut words = [0_u32; 64];
    for (word, bytes) in words.iter_mut().zip(block.chunks_exact(4)) {
        *word = bytes.iter().fold(0, |word, byte| word << 8 | u32::from(*byte));
    }
    for at in 16..64 {
        let (near, far) = (words[at - 2], words[at - 15]);
        let near = near.rotate_right(17) ^ near.rotate_right(19) ^ near >> 10;
        let far = far.rotate_right(7) ^ far.rotate_right(18) ^ far >> 3;
        words[at] = words[at - 16].wrapping_add(far).wrapping_add(words[at - 7]).wrapping_add(near);
    }
    words
}

const fn rounds() -> [u32; 64] {
    let mut rounds = [0; 64];
    let (mut count, mut number) = (0, 2_u128);
    while count < 64 {
        if is_prime(number) {
            rounds[count] = cube_root_fraction(number);
            count += 1;
        }
        number += 1;
    }
    rounds
}

const fn is_prime(number: u128) -> bool {
    let mut factor = 2;
    while factor * factor <= number {
        if number.is_multiple_of(factor) {
            return false;
        }
        factor += 1;
    }
    true
}

/// The first 32 bits behind the point of a cube root, which is below eight.
const fn cube_root_fraction(number: u128) -> u32 {
    let mut root = 0_u128;
    let mut bit = 1_u128 << 34;
    while bit > 0 {
        let next = root | bit;
        if next * next * next <= number << 96 {
            root = next;
        }
        bit >>= 1;
    }
    (root & 0xffff_ffff) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_agrees_with_the_examples_of_the_standard() {
        assert_eq!(digest(b"abc")[..8], [0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea]);
        assert_eq!(digest(b"")[..4], [0xe3, 0xb0, 0xc4, 0x42]);
        assert_eq!(ROUNDS[0], 0x428a_2f98);
        assert_eq!(ROUNDS[63], 0xc671_78f2);
    }
}
