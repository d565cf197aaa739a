//! Adds to the best chain so far, and begins again when that leads nowhere or has led there.

use super::{Chain, Random, longer};

/// Tries without a gain before it begins again.
const PATIENCE: usize = 8;

/// The state for one goal.
#[derive(Debug, Clone, Default)]
pub(in crate::campaign) struct Greedy {
    best: Chain,
    closeness: f32,
    in_vain: usize,
}

impl Greedy {
    pub(super) fn next(&self, random: &mut Random) -> Chain {
        longer(&self.best, random)
    }

    pub(super) fn told(&mut self, chain: &Chain, closeness: f32) {
        if closeness > self.closeness {
            *self = Self { best: chain.clone(), closeness, in_vain: 0 };
        } else {
            self.in_vain += 1;
        }
        if self.closeness >= 1.0 || self.in_vain >= PATIENCE {
            *self = Self::default();
        }
    }
}
