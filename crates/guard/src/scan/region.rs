//! Where each rule of a set is to be tried.
//!
//! Invariants: the regions of one rule are in order and overlap by less than an anchor, if at all; a text without anchors costs one allocation.

use std::ops::Range;

/// The stretches of a text that rules can reach from their anchors.
#[derive(Debug)]
pub(super) struct Regions {
    regions: Vec<(u16, Range<usize>)>,
    /// By rule: one more than the place of its last region, or 0.
    last: Vec<u32>,
}

impl Regions {
    /// For a set of so many rules.
    pub(super) fn new(rules: usize) -> Self {
        Self { regions: Vec::new(), last: vec![0; rules] }
    }

    /// How many rules the set has.
    pub(super) fn rules(&self) -> u16 {
        u16::try_from(self.last.len()).unwrap_or(u16::MAX)
    }

    /// Adds what a rule whose longest match is `longest` can reach from an anchor, within `bounds`. Anchors of one rule
    /// come in the order of their beginnings.
    pub(super) fn touch(&mut self, rule: u16, longest: usize, anchor: Range<usize>, bounds: Range<usize>) {
        let start = anchor.end.saturating_sub(longest).min(anchor.start).max(bounds.start);
        let end = (anchor.start + longest).max(anchor.end).min(bounds.end);
        let last = &mut self.last[usize::from(rule)];
        let known = (*last as usize).checked_sub(1).and_then(|at| self.regions.get_mut(at));
        match known {
            Some((_, region)) if start <= region.end => {
                // A short anchor within a long one reaches further back.
                region.start = region.start.min(start);
                region.end = region.end.max(end);
            }
            _ => {
                self.regions.push((rule, start..end));
                *last = u32::try_from(self.regions.len()).unwrap_or(0);
            }
        }
    }

    /// The regions by rule, then by place.
    pub(super) fn in_order(mut self) -> Vec<(u16, Range<usize>)> {
        self.regions.sort_unstable_by_key(|(rule, region)| (*rule, region.start));
        self.regions
    }
}

impl IntoIterator for Regions {
    type Item = (u16, Range<usize>);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.regions.into_iter()
    }
}
