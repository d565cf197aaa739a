//! Keeps the best few chains and extends each, level by level.

use super::{CHAIN_MAX, Chain, Random, longer};

/// Chains that are kept.
const WIDTH: usize = 3;
/// Tries from each.
const BRANCHES: usize = 2;

/// The state for one goal.
#[derive(Debug, Clone, Default)]
pub(in crate::campaign) struct Beam {
    kept: Vec<Chain>,
    children: Vec<(Chain, f32)>,
    depth: usize,
}

impl Beam {
    pub(super) fn next(&self, random: &mut Random) -> Chain {
        let parent = self.kept.get(self.children.len() / BRANCHES);
        longer(parent.map_or(&[], Vec::as_slice), random)
    }

    pub(super) fn told(&mut self, chain: &Chain, closeness: f32) {
        self.children.push((chain.clone(), closeness));
        // The first level grows from nothing, but as wide as the others.
        let parents = if self.kept.is_empty() { WIDTH } else { self.kept.len() };
        if self.children.len() < parents * BRANCHES {
            return;
        }
        self.children.sort_by(|a, b| b.1.total_cmp(&a.1));
        self.kept = self.children.drain(..).take(WIDTH).map(|(chain, _)| chain).collect();
        self.depth += 1;
        if self.depth >= CHAIN_MAX {
            *self = Self::default();
        }
    }
}
