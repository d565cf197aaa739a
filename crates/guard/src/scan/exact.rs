//! All exact rules of a set in one pass.
//!
//! One search finds every literal anchor, one loop finds runs of digits. Hits of one rule that lie close together become
//! one region, and the rule's pattern runs over each region once, so that text made of anchors stays linear.
//!
//! Invariants: finds what running every pattern over the whole text would find; a refused candidate gives its text back,
//! so that what is found from a place on does not depend on what stood before it.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use super::anchor::Anchors;
use super::digits::{Gate, Reach, Run};
use super::literal::Literal;
use super::pattern::Pattern;
use super::region::Regions;
use crate::finding::Finding;
use crate::rule::{Anchor, Candidate, Exact, Matcher, Rule};

/// The exact rules of a set, compiled as they are needed.
#[derive(Debug)]
pub(crate) struct ExactSet {
    rules: Vec<Compiled>,
    anchors: Anchors,
    /// Rules anchored in digits.
    digits: Vec<u16>,
    /// How far they reach from a run.
    reach: Reach,
    /// Their patterns in one automaton, in the same order.
    gate: OnceLock<Arc<Option<Gate>>>,
}

#[derive(Debug)]
struct Compiled {
    rule: &'static Rule,
    exact: &'static Exact,
    pattern: Arc<Pattern>,
}

/// A finding, and the whole match before anything was trimmed off it.
#[derive(Debug)]
pub(crate) struct Found {
    /// What is reported.
    pub(crate) finding: Finding,
    /// What the pattern matched.
    pub(crate) matched: Range<usize>,
}

impl ExactSet {
    /// Takes the exact rules among `rules`.
    pub(crate) fn new(rules: impl IntoIterator<Item = &'static Rule>) -> Self {
        let (mut compiled, mut digits, mut reach) = (Vec::new(), Vec::new(), Reach::default());
        for rule in rules {
            let Matcher::Exact(exact) = &rule.matcher else { continue };
            let index = u16::try_from(compiled.len()).unwrap_or(u16::MAX);
            if reach.add(exact.anchor, exact.longest) {
                digits.push(index);
            }
            compiled.push(Compiled { rule, exact, pattern: Pattern::of(exact.pattern) });
        }
        let anchors = Anchors::new(literals(&compiled));
        Self { rules: compiled, anchors, digits, reach, gate: OnceLock::new() }
    }

    /// The literal anchors, each with the index of its rule.
    pub(super) fn literals(&self) -> impl Iterator<Item = (Literal, u16)> {
        literals(&self.rules)
    }

    /// The rules of the set.
    pub(crate) fn rules(&self) -> impl Iterator<Item = &'static Rule> {
        self.rules.iter().map(|compiled| compiled.rule)
    }

    /// Says whether there is nothing to look for.
    pub(crate) fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Rules whose pattern does not compile, which only a broken rule can cause.
    pub(crate) fn broken(&self) -> impl Iterator<Item = &'static Rule> {
        self.rules.iter().filter(|compiled| compiled.pattern.is_broken()).map(|compiled| compiled.rule)
    }

    /// Finds everything that begins at or after `from`. What stands before serves as context only.
    pub(crate) fn scan(&self, text: &str, from: usize, found: &mut Vec<Found>) {
        let mut regions = self.regions();
        self.anchors.find(text, from, |rule, anchor| self.touch(rule, anchor, (from, text.len()), &mut regions));
        self.scan_regions(text, from, regions, found);
    }

    /// [`ExactSet::scan`] where somebody else has found the literal anchors.
    pub(super) fn scan_regions(&self, text: &str, from: usize, mut regions: Regions, found: &mut Vec<Found>) {
        self.anchor_digits(text, from, &mut regions);
        for (rule, region) in regions {
            self.rules[usize::from(rule)].find(text, region, found);
        }
    }

    /// No region yet.
    pub(super) fn regions(&self) -> Regions {
        Regions::new(self.rules.len())
    }

    /// Runs of digits, between which a single separator may stand. What all rules together can reach from runs that lie
    /// close together is looked at once.
    fn anchor_digits(&self, text: &str, from: usize, regions: &mut Regions) {
        if self.digits.is_empty() {
            return;
        }
        let bytes = text.as_bytes();
        let mut near: Option<Range<usize>> = None;
        let mut at = from;
        while let Some(run) = Run::next(bytes, at) {
            at = run.end;
            let Some(reach) = self.reach.of(bytes, &run) else { continue };
            let start = run.end.saturating_sub(reach).min(run.start).max(from);
            let stop = (run.start + reach).max(run.end).min(bytes.len());
            match &mut near {
                // A longer reach may go back further.
                Some(near) if start <= near.end => *near = near.start.min(start)..near.end.max(stop),
                _ => {
                    if let Some(complete) = near.replace(start..stop) {
                        self.try_digits(text, from, complete, regions);
                    }
                }
            }
        }
        if let Some(last) = near {
            self.try_digits(text, from, last, regions);
        }
    }

    /// Touches the rules that match somewhere in `span`, or all of them when the automaton cannot tell.
    fn try_digits(&self, text: &str, from: usize, span: Range<usize>, regions: &mut Regions) {
        let gate = self.gate.get_or_init(|| {
            let pattern = |rule: &u16| self.rules[usize::from(*rule)].pattern.source();
            Gate::of(self.digits.iter().map(pattern).collect())
        });
        let told = gate.as_ref().as_ref().is_some_and(|gate| {
            gate.ends(text, span.clone(), |pattern, end| {
                self.touch(self.digits[pattern], end..end, (from, text.len()), regions);
            })
        });
        if !told {
            for rule in &self.digits {
                self.touch(*rule, span.clone(), (from, text.len()), regions);
            }
        }
    }

    fn longest(&self, rule: u16) -> usize {
        self.rules[usize::from(rule)].exact.longest
    }

    /// Adds what a rule can reach from an anchor to its regions.
    pub(super) fn touch(&self, rule: u16, anchor: Range<usize>, (from, to): (usize, usize), regions: &mut Regions) {
        regions.touch(rule, self.longest(rule), anchor, from..to);
    }
}

fn literals(rules: &[Compiled]) -> impl Iterator<Item = (Literal, u16)> {
    rules.iter().zip(0..).flat_map(|(compiled, index)| {
        let literals = match compiled.exact.anchor {
            Anchor::Literals(literals) => literals,
            Anchor::Digits(_) | Anchor::SolidDigits(_) | Anchor::LetteredDigits(_) => &[],
        };
        literals.iter().map(move |literal| (Literal::parse(literal), index))
    })
}

impl Compiled {
    fn find(&self, text: &str, region: Range<usize>, found: &mut Vec<Found>) {
        let Some(search) = self.pattern.on(text, &region) else { return };
        let mut at = region.start;
        while at < region.end {
            let Some(matched) = search.find(text, at..region.end) else { break };
            // Patterns read bytes; a match that ends within a character ends before it.
            let span = matched.start()..floor(text, matched.end());
            match self.accept(text, &span) {
                Some(finding) => {
                    at = span.end.max(at + 1);
                    found.push(Found { finding, matched: span });
                }
                None => at = span.start + 1,
            }
        }
    }

    fn accept(&self, text: &str, span: &Range<usize>) -> Option<Finding> {
        let usable = !span.is_empty() && span.len() <= self.exact.longest && text.is_char_boundary(span.start);
        if !usable {
            return None;
        }
        let hit = (self.exact.verify)(&Candidate::new(text, span.clone()))?;
        let (left, right) = hit.trim;
        let trimmed = span.start + left..span.end.saturating_sub(right);
        let sound =
            trimmed.start < trimmed.end && text.is_char_boundary(trimmed.start) && text.is_char_boundary(trimmed.end);
        let span = if sound { trimmed } else { span.clone() };
        Some(Finding { rule: self.rule, span, score: hit.score, evidence: hit.evidence, view: Vec::new() })
    }
}

/// The character boundary at or before `at`.
pub(crate) fn floor(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
