//! All phrase rules of a set over one view of a text.
//!
//! As with exact rules: one search finds the anchors, and a rule's pattern runs once over each region around them.

use std::ops::Range;
use std::sync::Arc;

use super::anchor::Anchors;
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
        let (mut compiled, mut anchors) = (Vec::new(), Vec::new());
        for rule in rules {
            let Matcher::Phrase(phrase) = &rule.matcher else { continue };
            let index = u16::try_from(compiled.len()).unwrap_or(u16::MAX);
            anchors.extend(phrase.anchors.iter().map(|anchor| (*anchor, index)));
            compiled.push(Compiled { rule, phrase, pattern: Pattern::of(phrase.pattern) });
        }
        Self { rules: compiled, anchors: Anchors::new(anchors) }
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
        let text = view.text();
        let mut regions = Regions::new(self.rules.len());
        self.anchors.find(text, 0, |rule, anchor| {
            regions.touch(rule, self.rules[usize::from(rule)].phrase.longest, anchor, 0..text.len());
        });
        for (rule, region) in regions {
            self.rules[usize::from(rule)].find(view, region, found);
        }
    }
}

impl Compiled {
    fn find(&self, view: &View, region: Range<usize>, found: &mut Vec<Finding>) {
        let text = view.text();
        let Some(search) = self.pattern.on(text, &region) else { return };
        let mut at = region.start;
        let mut left = FOUND_MAX;
        while at < region.end && left > 0 {
            while !text.is_char_boundary(at) {
                at += 1;
            }
            let Some(matched) = search.find(text, at..region.end) else { break };
            let span = matched.range();
            let usable = !span.is_empty() && span.len() <= self.phrase.longest;
            let hit = if usable { (self.phrase.verify)(&Candidate::new(text, span.clone())) } else { None };
            match hit {
                Some(hit) => {
                    left -= 1;
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
