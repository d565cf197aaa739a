//! Follows hidden text from view to view until nothing is left to decode or the budget is spent.
//!
//! Invariant: views are built breadth first, so that a shallow disguise is never crowded out by a deep one.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use super::canonical::canonical;
use super::decode::Survey;
use super::folded::{folded, has_forms};
use super::rotated::Turn;
use super::splice::{Piece, splice};
use super::view::Map;
use super::words::Words;
use super::{
    Anomalies, Budget, Uninspected, View, Views, decode, invisible, leet, letters, parts, rotated, spacing, vocabulary,
};

/// Text to be read, and how it came about.
struct Source<'t> {
    text: Cow<'t, str>,
    map: Option<Arc<Map>>,
    chain: Vec<&'static str>,
}

/// The state of one reading.
pub(super) struct Expansion<'b> {
    budget: &'b Budget,
    bytes_left: usize,
    found: Views,
}

/// A transform of the text as it was written (case matters).
struct OnSource {
    name: &'static str,
    is_likely: fn(&Survey, bool) -> bool,
    find: fn(&str, &Survey) -> Vec<Piece>,
}

/// What a transform turns. What was turned once is not turned again: it would go round in circles.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Turns {
    Nothing,
    Alphabet,
    Direction,
    Order,
}

/// A transform of canonical text.
struct OnCanonical {
    name: &'static str,
    turns: Turns,
    is_likely: fn(&Words) -> bool,
    find: fn(&str, &Words) -> Vec<Piece>,
}

const ON_SOURCE: &[OnSource] = &[
    OnSource { name: "tags", is_likely: |_, odd| odd, find: |text, _| invisible::tags(text) },
    OnSource { name: "variation-selectors", is_likely: |_, odd| odd, find: |text, _| invisible::selectors(text) },
    OnSource { name: "invisible-bits", is_likely: |_, odd| odd, find: |text, _| invisible::bits(text) },
    OnSource { name: "bidi", is_likely: |_, odd| odd, find: |text, _| invisible::overrides(text) },
    OnSource { name: "base64", is_likely: |survey, _| !survey.dense.is_empty(), find: decode::base64 },
    OnSource {
        name: "camel",
        is_likely: |survey, _| !survey.dense.is_empty(),
        find: |text, survey| spacing::camel(text, &survey.dense),
    },
    OnSource {
        name: "parts",
        is_likely: |_, _| true,
        find: |text, _| if parts::is_likely(text) { parts::pieces(text) } else { Vec::new() },
    },
    OnSource { name: "code-apart", is_likely: |survey, _| !survey.apart.is_empty(), find: decode::apart },
    OnSource { name: "code-turned", is_likely: decode::may_be_turned, find: decode::turned },
    OnSource { name: "base32", is_likely: |survey, _| !survey.dense.is_empty(), find: decode::base32 },
    OnSource {
        name: "numbers",
        is_likely: |survey, _| !survey.numbers.is_empty() || !survey.dense.is_empty(),
        find: decode::number,
    },
    OnSource { name: "morse", is_likely: |survey, _| !survey.dots.is_empty(), find: decode::morse },
    OnSource { name: "percent", is_likely: |survey, _| survey.escapes, find: |text, _| decode::percent(text) },
    OnSource { name: "escape", is_likely: |survey, _| survey.escapes, find: |text, _| decode::backslash(text) },
    OnSource { name: "entity", is_likely: |survey, _| survey.escapes, find: |text, _| decode::entity(text) },
    OnSource {
        name: "quoted-printable",
        is_likely: |survey, _| survey.quoted,
        find: |text, _| decode::quoted_printable(text),
    },
];

const ON_CANONICAL: &[OnCanonical] = &[
    OnCanonical {
        name: "leet",
        turns: Turns::Nothing,
        is_likely: |words| words.mixed > 1,
        find: |text, _| leet::pieces(text),
    },
    OnCanonical {
        name: "spacing",
        turns: Turns::Nothing,
        is_likely: |words| words.singles_max > 4,
        find: |text, _| spacing::pulled_apart(text),
    },
    OnCanonical {
        name: "glued",
        turns: Turns::Nothing,
        is_likely: |words| !words.long.is_empty(),
        find: |text, words| spacing::glued(text, &words.long),
    },
    OnCanonical {
        name: "joined",
        turns: Turns::Nothing,
        is_likely: |words| !words.long.is_empty(),
        find: |text, _| spacing::joined(text),
    },
    OnCanonical {
        name: "hyphens",
        turns: Turns::Nothing,
        is_likely: |_| true,
        find: |text, _| spacing::hyphenated(text),
    },
    OnCanonical {
        name: "damaged-words",
        turns: Turns::Nothing,
        is_likely: |words| words.look.is_damaged(),
        find: |text, _| vocabulary::repaired(text),
    },
    OnCanonical {
        name: "glossary",
        turns: Turns::Nothing,
        is_likely: |words| words.look.is_foreign(),
        find: |text, _| vocabulary::translated(text),
    },
    OnCanonical {
        name: "word-order",
        turns: Turns::Order,
        is_likely: |words| words.look.is_backwards(),
        find: |text, _| vocabulary::in_order(text),
    },
    OnCanonical {
        name: "rot13",
        turns: Turns::Alphabet,
        is_likely: |words| words.is_turned(Turn::Rot13),
        find: |text, _| rotated::pieces(text, Turn::Rot13),
    },
    OnCanonical {
        name: "atbash",
        turns: Turns::Alphabet,
        is_likely: |words| words.is_turned(Turn::Atbash),
        find: |text, _| rotated::pieces(text, Turn::Atbash),
    },
    OnCanonical {
        name: "mirror",
        turns: Turns::Direction,
        is_likely: |words| words.is_turned(Turn::Mirror),
        find: |text, _| rotated::pieces(text, Turn::Mirror),
    },
    OnCanonical {
        name: "mirrored-words",
        turns: Turns::Direction,
        is_likely: |words| words.is_turned(Turn::Mirror),
        find: |text, _| rotated::mirrored_words(text),
    },
    OnCanonical {
        name: "moved-alphabet",
        turns: Turns::Alphabet,
        is_likely: |words| words.letters.is_moved(),
        find: |text, words| words.letters.moved_back(text),
    },
    OnCanonical {
        name: "backwards",
        turns: Turns::Direction,
        is_likely: |words| words.letters.is_mirrored(),
        find: |text, _| letters::mirrored(text),
    },
    OnCanonical {
        name: "words-backwards",
        turns: Turns::Direction,
        is_likely: |words| words.letters.is_mirrored(),
        find: |text, _| letters::mirrored_words(text),
    },
];

impl<'b> Expansion<'b> {
    pub(super) fn new(text: &str, budget: &'b Budget) -> Self {
        let found = Views { views: Vec::new(), anomalies: Anomalies::default(), uninspected: Vec::new() };
        Self { budget, bytes_left: budget.bytes_max(text.len()), found }
    }

    pub(super) fn run(mut self, text: &str) -> Views {
        let mut queue = VecDeque::from([Source { text: Cow::Borrowed(text), map: None, chain: Vec::new() }]);
        while let Some(source) = queue.pop_front() {
            self.read(source, &mut queue);
        }
        self.found
    }

    fn read<'t>(&mut self, source: Source<'t>, queue: &mut VecDeque<Source<'t>>) {
        let read = canonical(&source.text, source.map.clone(), &mut self.found.anomalies);
        let is_odd = !source.text.is_ascii() && invisible::has_invisible(&source.text);
        let is_known = self.found.views.iter().any(|view| view.text() == read.text);
        if is_known && !is_odd {
            return;
        }
        self.decode((&source.text, source.map.as_ref()), is_odd, &source.chain, queue);
        if is_known {
            return;
        }
        if !source.text.is_ascii() && (!read.effects.is_empty() || has_forms(&source.text)) {
            let folded = folded(&source.text, source.map.clone());
            self.decode((&folded.text, Some(&folded.map)), false, &source.chain, queue);
        }
        let mut chain = source.chain;
        chain.extend(&read.effects);
        let words = Words::of(&read.text);
        let is_new = |transform: &&OnCanonical| {
            let same = |known: &&OnCanonical| known.turns == transform.turns && chain.contains(&known.name);
            transform.turns == Turns::Nothing || !ON_CANONICAL.iter().any(|known| same(&known))
        };
        let likely = ON_CANONICAL.iter().filter(|transform| (transform.is_likely)(&words)).filter(is_new);
        for transform in likely {
            let pieces = (transform.find)(&read.text, &words);
            let derived = Derived { name: transform.name, text: &read.text, pieces, below: Some(&read.map) };
            self.derive(derived, &chain, queue);
        }
        self.found.views.push(View::new(read.text, chain, read.map));
    }

    /// Undoes what stands in a text as it was written.
    fn decode(
        &mut self,
        (text, below): (&str, Option<&Arc<Map>>),
        is_odd: bool,
        chain: &[&'static str],
        queue: &mut VecDeque<Source<'_>>,
    ) {
        let survey = decode::survey(text);
        for transform in ON_SOURCE.iter().filter(|transform| (transform.is_likely)(&survey, is_odd)) {
            let pieces = (transform.find)(text, &survey);
            self.derive(Derived { name: transform.name, text, pieces, below }, chain, queue);
        }
    }

    fn derive<'t>(&mut self, derived: Derived<'_>, chain: &[&'static str], queue: &mut VecDeque<Source<'t>>) {
        let (Some(first), Some(last)) = (derived.pieces.first(), derived.pieces.last()) else { return };
        let span = first.span.start..last.span.end;
        let depth = chain.iter().filter(|name| is_transform(name)).count();
        if depth >= self.budget.depth_max {
            return self.leave_out(&derived, "depth", span);
        }
        if self.found.views.len() + queue.len() + 2 > self.budget.views_max {
            return self.leave_out(&derived, "views", span);
        }
        let bytes_max = self.bytes_left.min(self.budget.decode_bytes_max);
        let spliced = splice(derived.text, &derived.pieces, derived.below.cloned(), bytes_max);
        if let Some(cut) = spliced.cut {
            self.leave_out(&derived, "bytes", cut);
        }
        if spliced.text.is_empty() {
            return;
        }
        self.bytes_left -= spliced.text.len().min(self.bytes_left);
        let chain = chain.iter().copied().chain([derived.name]).collect();
        queue.push_back(Source { text: Cow::Owned(spliced.text), map: Some(Arc::new(spliced.map)), chain });
    }

    fn leave_out(&mut self, derived: &Derived<'_>, limit: &'static str, span: Range<usize>) {
        let span = derived.below.map_or_else(|| span.clone(), |map| map.origin(span.clone()));
        self.found.uninspected.push(Uninspected { transform: derived.name, limit, span });
    }
}

/// What one transform found in one text.
struct Derived<'s> {
    name: &'static str,
    text: &'s str,
    pieces: Vec<Piece>,
    below: Option<&'s Arc<Map>>,
}

fn is_transform(name: &str) -> bool {
    ON_SOURCE.iter().any(|transform| transform.name == name)
        || ON_CANONICAL.iter().any(|transform| transform.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_every_view() {
        let page = include_str!("../../../../docs/views.md");
        let names = ON_SOURCE.iter().map(|view| view.name).chain(ON_CANONICAL.iter().map(|view| view.name));
        let missing: Vec<&str> = names.filter(|name| !page.contains(&format!("`{name}`"))).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
}
