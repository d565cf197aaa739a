//! One way to read a text, and the way back from it to the original.
//!
//! A map is a list of stretches, not one entry a byte: plain text is one stretch. Maps of nested transforms are linked, so a
//! decoded view costs its own stretches only.
//!
//! Invariants: stretches are sorted by their place in the view and begin at 0; `origin` never leaves the original text.

use std::ops::Range;
use std::sync::Arc;

/// A normalized or decoded reading of a text.
#[derive(Debug, Clone)]
pub struct View {
    text: String,
    chain: Vec<&'static str>,
    map: Arc<Map>,
}

/// Leads from a derived text back to the text it was derived from, and on to the original.
#[derive(Debug, Default)]
pub(super) struct Map {
    stretches: Vec<Stretch>,
    below: Option<Arc<Map>>,
}

/// A run of derived bytes with one origin.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Stretch {
    /// Where it begins in the derived text.
    at: usize,
    /// Where it begins in the text below.
    origin: usize,
    /// `None`: byte for byte. `Some(n)`: every byte comes from the `n` bytes at `origin` together.
    whole: Option<usize>,
}

impl View {
    pub(super) const fn new(text: String, chain: Vec<&'static str>, map: Arc<Map>) -> Self {
        Self { text, chain, map }
    }

    /// The text of this view: lower case, single spaces.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The transforms that led here, outermost first; empty for text that was only lower-cased.
    pub fn chain(&self) -> &[&'static str] {
        &self.chain
    }

    /// Says whether this is `original` in lower case with plain spaces, each byte in its place.
    pub(crate) fn is_in_place(&self, original: &str) -> bool {
        original.is_ascii() && self.text.len() == original.len() && self.map.is_in_place()
    }

    /// The span of the original text that `span` of this view came from.
    pub fn origin(&self, span: Range<usize>) -> Range<usize> {
        self.map.origin(span)
    }
}

impl Map {
    /// An empty map on top of `below`; `None` is the original text.
    pub(super) const fn over(below: Option<Arc<Self>>) -> Self {
        Self { stretches: Vec::new(), below }
    }

    /// Says that the derived text continues at `at` with bytes copied from `origin` on.
    pub(super) fn copied(&mut self, at: usize, origin: usize) {
        if let Some(last) = self.stretches.last()
            && last.whole.is_none()
            && origin.checked_sub(last.origin) == Some(at - last.at)
        {
            return;
        }
        self.push(Stretch { at, origin, whole: None });
    }

    /// Says that the derived text continues at `at` with something made from `origin` as a whole.
    pub(super) fn made_from(&mut self, at: usize, origin: Range<usize>) {
        self.push(Stretch { at, origin: origin.start, whole: Some(origin.len()) });
    }

    /// The span of the original that `span` of the derived text came from.
    pub(super) fn origin(&self, span: Range<usize>) -> Range<usize> {
        let here = self.origin_below(span);
        match &self.below {
            Some(below) => below.origin(here),
            None => here,
        }
    }

    fn is_in_place(&self) -> bool {
        self.below.is_none() && matches!(self.stretches.as_slice(), [Stretch { at: 0, origin: 0, whole: None }])
    }

    fn push(&mut self, stretch: Stretch) {
        match self.stretches.last_mut() {
            Some(last) if last.at == stretch.at => *last = stretch,
            _ => self.stretches.push(stretch),
        }
    }

    fn origin_below(&self, span: Range<usize>) -> Range<usize> {
        if self.stretches.is_empty() {
            return span;
        }
        let last_byte = span.end.saturating_sub(1).max(span.start);
        let (first, last) = (self.index_of(span.start), self.index_of(last_byte));
        let mut from = self.stretches[first].origin_of(span.start).start;
        let mut to = self.stretches[last].origin_of(last_byte).end;
        for stretch in &self.stretches[first + 1..=last] {
            from = from.min(stretch.origin);
            to = to.max(stretch.origin);
        }
        from..if span.is_empty() { from } else { to.max(from) }
    }

    fn index_of(&self, at: usize) -> usize {
        self.stretches.partition_point(|stretch| stretch.at <= at).saturating_sub(1)
    }
}

impl Stretch {
    /// The bytes below that the derived byte at `at` came from.
    const fn origin_of(&self, at: usize) -> Range<usize> {
        match self.whole {
            Some(len) => self.origin..self.origin + len,
            None => {
                let from = self.origin + (at - self.at);
                from..from + 1
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(below: Option<Arc<Map>>) -> Map {
        let mut map = Map::over(below);
        map.copied(0, 0);
        map.copied(4, 8);
        map.made_from(6, 10..20);
        map.copied(9, 20);
        map
    }

    #[test]
    fn spans_lead_back_through_every_kind_of_stretch() {
        let check = |span: Range<usize>, expected: Range<usize>| assert_eq!(map(None).origin(span), expected);
        check(0..4, 0..4);
        check(1..3, 1..3);
        check(2..5, 2..9);
        check(7..8, 10..20);
        check(5..10, 9..21);
        check(10..12, 21..23);
        check(3..3, 3..3);
    }

    #[test]
    fn maps_on_top_of_maps_lead_to_the_bottom() {
        let mut top = Map::over(Some(Arc::new(map(None))));
        top.copied(0, 3);
        top.made_from(2, 7..8);
        assert_eq!(top.origin(0..1), 3..4);
        assert_eq!(top.origin(0..3), 3..20);
    }
}
