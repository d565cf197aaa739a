//! Proof of work: who is asked for one finds a number whose SHA-256 together with a challenge begins with so many zero
//! bits. It makes a spraying attack dear and needs neither a picture puzzle nor a third party.
//!
//! A challenge is `v1.<bits>.<ends>.<nonce>.<mac>`, signed for one subject (an account, a network), good for two minutes; a
//! solution is `<challenge>:<number>`. Whoever takes one remembers its challenge, so that it is taken once.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::{hmac, rand};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// How long a challenge can be solved, in seconds.
pub const CHALLENGE_LIFE_S: i64 = 120;
/// More bits than this take a browser minutes.
pub const BITS_MAX: u32 = 26;
const NONCE_BYTES: usize = 16;
const SOLUTION_BYTES_MAX: usize = 256;

/// Makes a challenge for a subject.
pub fn challenge(key: &hmac::Key, subject: &[u8], bits: u32, now_s: i64) -> Option<String> {
    let mut nonce = [0; NONCE_BYTES];
    rand::fill(&mut nonce).ok()?;
    let text = format!("v1.{bits}.{}.{}", now_s + CHALLENGE_LIFE_S, URL_SAFE_NO_PAD.encode(nonce));
    let mac = hmac::sign(key, &signed(&text, subject));
    Some(format!("{text}.{}", URL_SAFE_NO_PAD.encode(mac)))
}

/// The challenge of a right solution for this subject, of at least `bits`; it has to be looked up whether it was taken.
pub fn solved<'s>(key: &hmac::Key, subject: &[u8], solution: &'s str, bits: u32, now_s: i64) -> Option<&'s str> {
    if solution.len() > SOLUTION_BYTES_MAX {
        return None;
    }
    let (challenge, _number) = solution.rsplit_once(':')?;
    let (text, mac) = challenge.rsplit_once('.')?;
    hmac::verify(key, &signed(text, subject), &URL_SAFE_NO_PAD.decode(mac).ok()?).ok()?;
    let mut parts = text.split('.').skip(1);
    let own_bits: u32 = parts.next()?.parse().ok()?;
    let ends_s: i64 = parts.next()?.parse().ok()?;
    let is_enough = own_bits >= bits && now_s < ends_s && zero_bits(solution) >= own_bits;
    is_enough.then_some(challenge)
}

/// Solves a challenge: what a page or a script does, and a test.
pub fn solve(challenge: &str) -> Option<String> {
    let bits: u32 = challenge.split('.').nth(1)?.parse().ok().filter(|bits| *bits <= BITS_MAX)?;
    (0_u64..).map(|number| format!("{challenge}:{number}")).find(|solution| zero_bits(solution) >= bits)
}

fn signed(text: &str, subject: &[u8]) -> Vec<u8> {
    [b"proof ", text.as_bytes(), &[0], subject].concat()
}

fn zero_bits(text: &str) -> u32 {
    let hash = digest(&SHA256, text.as_bytes());
    let mut count = 0;
    for byte in hash.as_ref() {
        count += byte.leading_zeros();
        if *byte != 0 {
            break;
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_solution_is_good_for_its_subject_its_time_and_its_bits() {
        let key = hmac::Key::new(hmac::HMAC_SHA256, b"k");
        let challenge = challenge(&key, b"ada", 10, 1_000).unwrap();
        let solution = solve(&challenge).unwrap();
        let is_solved =
            |subject: &[u8], text: &str, bits, now_s| solved(&key, subject, text, bits, now_s) == Some(&challenge);
        assert!(is_solved(b"ada", &solution, 10, 1_000));
        assert!(!is_solved(b"eve", &solution, 10, 1_000));
        assert!(!is_solved(b"ada", &solution, 11, 1_000), "a challenge of an easier time");
        assert!(!is_solved(b"ada", &solution, 10, 1_000 + CHALLENGE_LIFE_S));
        let easier = solution.replacen("v1.10.", "v1.1.", 1);
        assert!(!is_solved(b"ada", &easier, 1, 1_000), "its bits are signed");
        assert!(!is_solved(b"ada", &challenge, 10, 1_000));
        let wrong = (0..).map(|number| format!("{challenge}:{number}")).find(|text| zero_bits(text) < 10).unwrap();
        assert!(!is_solved(b"ada", &wrong, 10, 1_000));
    }
}
