//! Nonces to seal with.
//!
//! A process begins at a random place of the 2^96 there are and counts on from it: within the process none occurs twice,
//! and two processes meet with a chance of less than 2^-32 times the share of 2^64 they use up. AES-256-GCM-SIV would even
//! then show no more than that two equal texts are equal (RFC 8452, section 9). To ask for randomness for each value costs
//! as much as the sealing itself.

use std::sync::atomic::{AtomicU64, Ordering};

use aws_lc_rs::aead::NONCE_LEN;
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rand;

const COUNTED: usize = size_of::<u64>();

/// Nonces that occur once.
#[derive(Debug)]
pub(super) struct Nonces {
    fixed: [u8; NONCE_LEN - COUNTED],
    count: AtomicU64,
}

impl Nonces {
    /// Takes a random place to begin at.
    pub(super) fn new() -> Result<Self, Unspecified> {
        let (mut fixed, mut first) = ([0; NONCE_LEN - COUNTED], [0; COUNTED]);
        rand::fill(&mut fixed)?;
        rand::fill(&mut first)?;
        Ok(Self { fixed, count: AtomicU64::new(u64::from_le_bytes(first)) })
    }

    /// The next one.
    pub(super) fn next(&self) -> [u8; NONCE_LEN] {
        let mut nonce = [0; NONCE_LEN];
        nonce[..self.fixed.len()].copy_from_slice(&self.fixed);
        nonce[self.fixed.len()..].copy_from_slice(&self.count.fetch_add(1, Ordering::Relaxed).to_le_bytes());
        nonce
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_nonce_occurs_twice_in_a_process_and_another_process_begins_elsewhere() {
        let nonces = Nonces { fixed: [7; 4], count: AtomicU64::new(u64::MAX - 500) };
        let several = std::thread::scope(|scope| {
            let threads = [(); 4].map(|()| scope.spawn(|| [(); 1_000].map(|()| nonces.next())));
            threads.map(|thread| thread.join().unwrap())
        });
        assert_eq!(several.as_flattened().iter().collect::<HashSet<_>>().len(), 4_000);
        let first = || Nonces::new().unwrap().next();
        assert_ne!(first(), first());
    }
}
