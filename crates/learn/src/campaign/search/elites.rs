//! A grid of approaches and disguises with the best chain of each; what worked on one goal is tried on the next.

use std::collections::BTreeMap;

use super::{Chain, Random, longer, step};
use crate::campaign::attempt::{cell, ordered};
use crate::mutate::Family;

/// How often it begins from nothing, so that empty cells are found.
const FRESH: f64 = 0.2;

/// The grid.
#[derive(Debug, Clone, Default)]
pub(in crate::campaign) struct Elites(BTreeMap<(Option<Family>, Option<Family>), (Chain, f32)>);

impl Elites {
    pub(super) fn next(&self, random: &mut Random) -> Chain {
        if self.0.is_empty() || random.chance(FRESH) {
            return longer(&[], random);
        }
        let elites: Vec<&Chain> = self.0.values().map(|(chain, _)| chain).collect();
        let mut chain = (*random.pick(&elites)).clone();
        match random.below(3) {
            0 => return longer(&chain, random),
            1 if chain.len() > 1 => {
                chain.remove(random.below(chain.len()));
            }
            _ if !chain.is_empty() => {
                let at = random.below(chain.len());
                chain[at] = step(random);
            }
            _ => chain.push(step(random)),
        }
        ordered(chain)
    }

    /// A newer chain takes the place of one that is as good: what works on this goal may be an accident of the last one.
    pub(super) fn told(&mut self, chain: &Chain, closeness: f32) {
        let elite = self.0.entry(cell(chain)).or_insert_with(|| (chain.clone(), closeness));
        if closeness >= elite.1 {
            *elite = (chain.clone(), closeness);
        }
    }
}
