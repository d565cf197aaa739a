//! All phrase rules of a set over one view of a text.
//!
//! As with exact rules: one search finds the anchors, and a rule's pattern runs once over each region around them.

use std::ops::Range;
use std::sync::Arc;

use super::anchor::Anchors;
use super::exact::floor;
use super::pattern::Pattern;
use super::region::Regions;
use crate::finding::Finding;
use crate::rule::{Candidate, Matcher, Phrase, Rule};
use crate::text::View;

/// Findings of one rule in one view. More of the same say nothing new.
const FOUND_MAX: usize = 16;

/// The phrase rules of a set.
#[derive(Debug)]
pub(crate) struct PhraseSet {
    rules: Vec<Compiled>,
    anchors: Anchors,
}

#[derive(Debug)]
struct Compiled {
    rule: &'static Rule,
    phrase: &'static Phrase,
    pattern: Arc<Pattern>,
}

impl PhraseSet {
    /// Takes the phrase rules among `rules`.
    pub(crate) fn new(rules: impl IntoIterator<Item = &'static Rule>) -> Self {
        let phrase = |rule: &'static Rule| match &rule.matcher {
            Matcher::Phrase(phrase) => Some(Compiled { rule, phrase, pattern: Pattern::of(phrase.pattern) }),
            Matcher::Exact(_) | Matcher::Protected(_) => None,
        };
        let rules: Vec<Compiled> = rules.into_iter().filter_map(phrase).collect();
        Self { anchors: Anchors::new(literals(&rules)), rules }
    }

    /// The rules of the set.
    pub(crate) fn rules(&self) -> impl Iterator<Item = &'static Rule> {
        self.rules.iter().map(|compiled| compiled.rule)
    }

    /// Says whether there is nothing to look for.
    pub(crate) fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Rules whose pattern does not compile.
    pub(crate) fn broken(&self) -> impl Iterator<Item = &'static Rule> {
        self.rules.iter().filter(|compiled| compiled.pattern.is_broken()).map(|compiled| compiled.rule)
    }

    /// Finds everything in a view, as spans of the original.
    pub(crate) fn scan(&self, view: &View, found: &mut Vec<Finding>) {
        let mut regions = self.regions();
        self.anchors.find(view.text(), 0, |rule, anchor| self.touch(rule, anchor, view, &mut regions));
        self.scan_regions(view, regions, found);
    }

    /// [`PhraseSet::scan`] where somebody else has found the anchors.
    pub(super) fn scan_regions(&self, view: &View, regions: Regions, found: &mut Vec<Finding>) {
        for (rule, region) in regions {
            self.rules[usize::from(rule)].find(view, region, found);
        }
    }

    /// The anchors, each with the index of its rule.
    pub(super) fn literals(&self) -> impl Iterator<Item = (&str, u16)> {
        literals(&self.rules)
    }

    /// No region yet.
    pub(super) fn regions(&self) -> Regions {
        Regions::new(self.rules.len())
    }

    /// Adds what a rule can reach from an anchor to its regions.
    pub(super) fn touch(&self, rule: u16, anchor: Range<usize>, view: &View, regions: &mut Regions) {
        regions.touch(rule, self.rules[usize::from(rule)].phrase.longest, anchor, 0..view.text().len());
    }
}

fn literals(rules: &[Compiled]) -> impl Iterator<Item = (&str, u16)> {
    rules.iter().zip(0..).flat_map(|(compiled, index)| compiled.anchors().map(move |anchor| (anchor, index)))
}

impl Compiled {
    fn anchors(&self) -> impl Iterator<Item = &str> {
        let written = self.phrase.anchors;
        let read: &[String] = if written.is_empty() { self.pattern.anchors() } else { &[] };
        written.iter().copied().chain(read.iter().map(String::as_str))
    }

    fn find(&self, view: &View, region: Range<usize>, found: &mut Vec<Finding>) {
        let mut left = FOUND_MAX;
        for place in self.pattern.places(view.text(), region, self.phrase.longest) {
            self.find_in(view, place, &mut left, found);
        }
    }

    fn find_in(&self, view: &View, place: Range<usize>, left: &mut usize, found: &mut Vec<Finding>) {
        let text = view.text();
        let Some(search) = self.pattern.search(text, &place) else { return };
        let mut at = place.start;
        while at < place.end && *left > 0 {
            while !text.is_char_boundary(at) {
                at += 1;
            }
            let Some(matched) = search.find(text, at..place.end) else { break };
            // Patterns read bytes; a match that ends within a character ends before it.
            let span = matched.start()..floor(text, matched.end());
            let usable = !span.is_empty() && span.len() <= self.phrase.longest && text.is_char_boundary(span.start);
            let hit = if usable { (self.phrase.verify)(&Candidate::new(text, span.clone())) } else { None };
            match hit {
                Some(hit) => {
                    *left -= 1;
                    found.push(Finding {
                        rule: self.rule,
                        span: view.origin(span.clone()),
                        score: hit.score,
                        evidence: hit.evidence,
                        view: view.chain().to_vec(),
                    });
                    at = span.end.max(at + 1);
                }
                None => at = span.start + 1,
            }
        }
    }
}
