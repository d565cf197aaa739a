//! The anchors of a set of rules: where in a text each rule is worth trying.
//!
//! Invariant: a rule is told of every place where one of its anchors stands.

use std::collections::HashMap;
use std::ops::Range;

use super::literal::{Literal, Literals};

/// The literals that rules are anchored in, each once, and the rules that it belongs to.
#[derive(Debug)]
pub(super) struct Anchors {
    literals: Literals,
    owners: Box<[Box<[u16]>]>,
}

impl Anchors {
    /// Gathers anchors, each with the index of its rule.
    pub(super) fn new(anchors: impl IntoIterator<Item = (Literal, u16)>) -> Self {
        let mut places = HashMap::new();
        let (mut literals, mut owners) = (Vec::new(), Vec::<Vec<u16>>::new());
        for (anchor, rule) in anchors {
            let place = *places.entry(anchor.clone()).or_insert_with(|| {
                literals.push(anchor);
                owners.push(Vec::new());
                owners.len() - 1
            });
            owners[place].push(rule);
        }
        Self { literals: Literals::new(literals), owners: owners.into_iter().map(Vec::into_boxed_slice).collect() }
    }

    /// Calls `each` with a rule and the place of one of its anchors, in the order of their beginnings.
    pub(super) fn find(&self, text: &str, from: usize, mut each: impl FnMut(u16, Range<usize>)) {
        self.literals.find(text.as_bytes(), from, |literal, span| {
            for rule in &self.owners[literal] {
                each(*rule, span.clone());
            }
        });
    }
}
