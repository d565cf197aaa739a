//! All phrase rules of a set over one view of a text.
//!
//! As with exact rules: one search finds the anchors, and a rule's pattern runs once over each region around them. Anchors
//! are read off each branch of a pattern; only where a branch has no telling words are those used that its rule names.

use std::ops::Range;
use std::sync::Arc;

use super::anchor::Anchors;
use super::exact::floor;
use super::literal::Literal;
use super::need::{Place, Places};
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
    /// The branches of all patterns, rule by rule.
    branches: Vec<Branch>,
    anchors: Anchors,
}

#[derive(Debug)]
struct Compiled {
    rule: &'static Rule,
    phrase: &'static Phrase,
    pattern: Arc<Pattern>,
}

/// One way in which a rule's pattern can match.
#[derive(Debug)]
struct Branch {
    /// Whose.
    rule: usize,
    /// Which of the rule's.
    index: usize,
    longest: usize,
}

impl PhraseSet {
    /// Takes the phrase rules among `rules`.
    pub(crate) fn new(rules: impl IntoIterator<Item = &'static Rule>) -> Self {
        let phrase = |rule: &'static Rule| match &rule.matcher {
            Matcher::Phrase(phrase) => Some(Compiled { rule, phrase, pattern: Pattern::of(phrase.pattern) }),
            Matcher::Exact(_)
            | Matcher::Protected(_)
            | Matcher::Learned(_)
            | Matcher::Entity(_)
            | Matcher::Transformer
            | Matcher::Value(_)
            | Matcher::Contract => None,
        };
        let rules: Vec<Compiled> = rules.into_iter().filter_map(phrase).collect();
        let branches = rules.iter().enumerate().flat_map(|(rule, compiled)| compiled.branches(rule)).collect();
        let mut set = Self { rules, branches, anchors: Anchors::new([]) };
        set.anchors = Anchors::new(set.literals());
        set
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
        self.anchors.find(view.text(), 0, |branch, anchor| self.touch(branch, anchor, view, &mut regions));
        self.scan_regions(view, regions, found);
    }

    /// [`PhraseSet::scan`] where somebody else has found the anchors.
    pub(super) fn scan_regions(&self, view: &View, regions: Regions, found: &mut Vec<Finding>) {
        let regions = regions.in_order();
        let (mut places, mut left, mut near) = (Vec::new(), Vec::new(), Vec::new());
        for regions in regions.chunk_by(|one, next| self.branch(one.0).rule == self.branch(next.0).rule) {
            let rule = &self.rules[self.branch(regions[0].0).rule];
            places.clear();
            for (branch, region) in regions {
                let branch = self.branch(*branch);
                left.push(region.clone());
                if let Some(needs) = rule.pattern.beside(branch.index) {
                    needs.narrow(view.text().as_bytes(), branch.longest, &mut left, &mut near);
                }
                places.append(&mut left);
            }
            merge(&mut places);
            rule.find(view, &places, found);
        }
    }

    /// The anchors, each with the index of its branch.
    pub(super) fn literals(&self) -> impl Iterator<Item = (Literal, u16)> {
        self.branches.iter().zip(0..).flat_map(|(branch, index)| {
            self.rules[branch.rule].anchors(branch.index).into_iter().map(move |anchor| (anchor, index))
        })
    }

    /// No region yet.
    pub(super) fn regions(&self) -> Regions {
        Regions::new(self.branches.len())
    }

    /// Adds what a branch can reach from an anchor to its regions.
    pub(super) fn touch(&self, branch: u16, anchor: Range<usize>, view: &View, regions: &mut Regions) {
        regions.touch(branch, self.branch(branch).longest, anchor, 0..view.text().len());
    }

    fn branch(&self, index: u16) -> &Branch {
        &self.branches[usize::from(index)]
    }
}

/// Puts places in order, each byte in one of them.
fn merge(places: &mut Places) {
    places.sort_unstable_by_key(|place| place.start);
    places.dedup_by(|next, kept| {
        let overlap = next.start <= kept.end;
        if overlap {
            kept.end = kept.end.max(next.end);
        }
        overlap
    });
}

impl Compiled {
    fn branches(&self, rule: usize) -> impl Iterator<Item = Branch> {
        let branch = move |(index, place): (usize, &Place)| Branch {
            rule,
            index,
            longest: self.phrase.longest.min(place.longest),
        };
        self.pattern.places().iter().enumerate().map(branch)
    }

    /// The anchors of a branch: its own, or else those that the rule names.
    fn anchors(&self, branch: usize) -> Vec<Literal> {
        match self.pattern.places()[branch].anchors.as_slice() {
            [] => self.phrase.anchors.iter().copied().map(Literal::parse).collect(),
            own => own.to_vec(),
        }
    }

    fn find(&self, view: &View, places: &[Range<usize>], found: &mut Vec<Finding>) {
        let mut left = FOUND_MAX;
        for place in places {
            self.find_in(view, place.clone(), &mut left, found);
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
