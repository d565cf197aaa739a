//! The values a request is made of, and everything that is worked out about one of them only once.
//!
//! A value is bytes in a slot. A transformation chain applied to a slot gives a slot: the same one when nothing changed,
//! so that all later work (the pattern sets, see `prefilter`) is shared between chains. Most values of an honest request
//! pass through every chain unchanged, which is what makes one scan per value enough.
//!
//! Invariant: the bytes of a slot never change once it exists.

use std::ops::Range;

use crate::prefilter::Hits;
use crate::transform::Transform;

/// Where a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot(u32);

/// A node of the tree of transformation chains; the root is "no transformation".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Chain(u16);

impl Chain {
    /// No transformation.
    pub(crate) const NONE: Chain = Chain(0);
}

/// Every transformation chain of a rule set, as a tree: chains with the same beginning share it.
#[derive(Debug, Default)]
pub(crate) struct Chains {
    nodes: Vec<(Chain, Transform)>,
}

impl Chains {
    /// Returns the node for this list of transformations, making it when it is new; `None` when there are too many.
    pub(crate) fn intern(&mut self, list: &[Transform]) -> Option<Chain> {
        let mut at = Chain::NONE;
        for &transform in list {
            let known = self.nodes.iter().position(|&(parent, own)| parent == at && own == transform);
            at = match known {
                Some(index) => Chain(u16::try_from(index + 1).ok()?),
                None => {
                    self.nodes.push((at, transform));
                    Chain(u16::try_from(self.nodes.len()).ok()?)
                }
            };
        }
        Some(at)
    }

    /// The chain without its last transformation, and that transformation.
    pub(crate) fn last(&self, chain: Chain) -> Option<(Chain, Transform)> {
        self.nodes.get(usize::from(chain.0).checked_sub(1)?).copied()
    }

    /// The chains on the way from the root to this one, without the root.
    pub(crate) fn steps(&self, chain: Chain) -> Vec<Chain> {
        let mut steps = Vec::new();
        let mut at = chain;
        while let Some((parent, _)) = self.last(at) {
            steps.push(at);
            at = parent;
        }
        steps.reverse();
        steps
    }

    /// A number for the chain, below [`Chains::len`].
    pub(crate) fn index(&self, chain: Chain) -> usize {
        usize::from(chain.0)
    }

    pub(crate) fn len(&self) -> usize {
        self.nodes.len() + 1
    }
}

const UNKNOWN: u32 = u32::MAX;

struct Item {
    /// Where its bytes are in the store.
    bytes: Range<usize>,
    /// By chain: the slot of the outcome. Empty until the first chain is applied.
    outcomes: Box<[u32]>,
    hits: Hits,
}

/// The values of one transaction.
pub(crate) struct Values {
    items: Vec<Item>,
    /// The bytes of all values, one behind the other: a request has a hundred of them, most a few bytes long.
    store: Vec<u8>,
    chains: usize,
}

impl Values {
    pub(crate) fn new(chains: usize) -> Self {
        Self { items: Vec::with_capacity(96), store: Vec::with_capacity(4096), chains }
    }

    pub(crate) fn add(&mut self, bytes: impl AsRef<[u8]>) -> Slot {
        let from = self.store.len();
        self.store.extend_from_slice(bytes.as_ref());
        let bytes = from..self.store.len();
        let slot = Slot(u32::try_from(self.items.len()).expect("body and header limits keep values far below 2^32"));
        self.items.push(Item { bytes, outcomes: Box::default(), hits: Hits::default() });
        slot
    }

    pub(crate) fn bytes(&self, slot: Slot) -> &[u8] {
        &self.store[self.items[slot.0 as usize].bytes.clone()]
    }

    pub(crate) fn hits(&mut self, slot: Slot) -> (&[u8], &mut Hits) {
        let item = &mut self.items[slot.0 as usize];
        (&self.store[item.bytes.clone()], &mut item.hits)
    }

    /// The slot that holds the outcome of a chain.
    pub(crate) fn apply(&mut self, chains: &Chains, slot: Slot, chain: Chain) -> Slot {
        let Some((parent, transform)) = chains.last(chain) else { return slot };
        let known = self.items[slot.0 as usize].outcomes.get(usize::from(chain.0)).copied().unwrap_or(UNKNOWN);
        if known != UNKNOWN {
            return Slot(known);
        }
        let before = self.apply(chains, slot, parent);
        let after = match transform.apply(self.bytes(before)) {
            Some(changed) => self.add(changed),
            None => before,
        };
        let count = self.chains;
        let item = &mut self.items[slot.0 as usize];
        if item.outcomes.is_empty() {
            item.outcomes = vec![UNKNOWN; count].into_boxed_slice();
        }
        item.outcomes[usize::from(chain.0)] = after.0;
        after
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unchanged_value_keeps_its_slot_and_chains_share_their_beginning() {
        let mut chains = Chains::default();
        let lower = chains.intern(&[Transform::Lowercase]).unwrap();
        let both = chains.intern(&[Transform::Lowercase, Transform::RemoveNulls]).unwrap();
        assert_eq!(chains.len(), 3);
        let mut values = Values::new(chains.len());
        let plain = values.add(*b"plain");
        assert_eq!(values.apply(&chains, plain, both), plain);
        let loud = values.add(*b"LOUD");
        let quiet = values.apply(&chains, loud, both);
        assert_eq!(values.bytes(quiet), b"loud");
        assert_eq!(values.apply(&chains, loud, lower), quiet);
    }
}
