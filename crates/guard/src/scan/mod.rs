//! Scanning a complete text with a set of rules.
//!
//! Exact rules run on the text as it is and on what was decoded from it; phrase rules run on every view; rules that compare
//! run when the caller brought something to compare with. All of the text is read, however long it is.
//!
//! Invariant: a rule that did not run is in the report, never silently left out.

mod anchor;
mod branch;
mod digits;
mod entity;
pub(crate) mod exact;
mod frequency;
pub(crate) mod learned;
pub(crate) mod literal;
pub(crate) mod loose;
mod need;
pub(crate) mod pattern;
pub(crate) mod phrase;
#[cfg(test)]
mod proof;
mod region;
pub(crate) mod search;
pub(crate) mod shared;
mod value;

use std::sync::Arc;

use crate::classifier::{self, Model, Source};
use crate::finding::Finding;
use crate::leak::ProtectedText;
use crate::rule::{Matcher, Rule};
use crate::text::{self, Budget, Uninspected, View};
use anchor::Anchors;
use entity::EntitySet;
use exact::{ExactSet, Found};
use learned::LearnedSet;
pub use learned::Score;
use phrase::PhraseSet;
use value::ValueSet;

/// A set of rules, compiled as they are needed.
#[derive(Debug)]
pub struct Scanner {
    exact: ExactSet,
    phrase: PhraseSet,
    /// The anchors of both, those of phrase rules last: plain text is looked through once.
    anchors: Anchors,
    protected: Vec<&'static Rule>,
    learned: LearnedSet,
    entity: EntitySet,
    value: ValueSet,
    budget: Budget,
}

/// What a text is, and what it is compared with.
#[derive(Debug, Clone, Copy, Default)]
pub struct Context<'c> {
    /// The operator's prompt and its canary.
    pub protected: Option<&'c ProtectedText>,
    /// What kind of text it is, for rules that were learned.
    pub source: Source,
}

/// What a scan found, and what it did not look at.
#[derive(Debug, Default)]
pub struct Report {
    /// In the order of the text.
    pub findings: Vec<Finding>,
    /// What the learned rules said, also where it is no finding.
    pub scores: Vec<Score>,
    /// What the budget for decoding cut off.
    pub uninspected: Vec<Uninspected>,
    /// Rules that did not run.
    pub not_run: Vec<NotRun>,
}

/// A rule that did not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotRun {
    /// The rule.
    pub rule: &'static Rule,
    /// Why.
    pub reason: Reason,
}

/// Why a rule did not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Nothing to compare with was brought along, so there is nothing it could have found.
    NothingToCompare,
    /// Its pattern does not compile, or its model does not pass the self-test.
    Broken,
}

impl NotRun {
    /// Whether something may have been missed.
    pub fn is_failure(&self) -> bool {
        self.reason == Reason::Broken
    }
}

impl Scanner {
    /// Prepares a set of rules.
    pub fn new(rules: impl IntoIterator<Item = &'static Rule>) -> Self {
        let rules: Vec<&'static Rule> = rules.into_iter().collect();
        let (exact, phrase) = (ExactSet::new(rules.iter().copied()), PhraseSet::new(rules.iter().copied()));
        let after = u16::try_from(exact.rules().count()).unwrap_or(u16::MAX);
        let of_phrases = phrase.literals().map(|(anchor, branch)| (anchor, after.saturating_add(branch)));
        let anchors = Anchors::new(exact.literals().chain(of_phrases));
        Self {
            anchors,
            exact,
            phrase,
            protected: rules.iter().copied().filter(|rule| matches!(rule.matcher, Matcher::Protected(_))).collect(),
            learned: LearnedSet::new(rules.iter().copied(), classifier::embedded().ok()),
            entity: EntitySet::new(rules.iter().copied()),
            value: ValueSet::new(rules.iter().copied()),
            budget: Budget::default(),
        }
    }

    /// The same rules, the learned ones judged by another model.
    pub fn with_model(mut self, model: Arc<Model>) -> Self {
        self.learned = LearnedSet::new(self.learned.rules().collect::<Vec<_>>(), Some(model));
        self
    }

    /// The rules of the set.
    pub fn rules(&self) -> impl Iterator<Item = &'static Rule> {
        self.exact
            .rules()
            .chain(self.phrase.rules())
            .chain(self.protected.iter().copied())
            .chain(self.learned.rules())
            .chain(self.entity.rules())
            .chain(self.value.rules())
    }

    /// Finds what the exact rules find in the text as it is.
    pub fn scan_exact(&self, text: &str) -> Vec<Finding> {
        let mut found = Vec::new();
        self.exact.scan(text, 0, &mut found);
        let mut findings = found.into_iter().map(|found| found.finding).collect();
        sort(&mut findings);
        findings
    }

    /// Scans a complete text with every rule of the set.
    pub fn scan(&self, text: &str, context: &Context<'_>) -> Report {
        let mut report = Report::default();
        if self.phrase.is_empty() && self.learned.is_empty() {
            report.findings = self.scan_exact(text);
        } else {
            self.scan_views(text, context.source, &mut report);
        }
        self.entity.scan(text, &mut report.findings);
        self.value.scan(text, &mut report.findings);
        self.compare(text, context, &mut report);
        let broken =
            self.exact.broken().chain(self.phrase.broken()).chain(self.learned.broken()).chain(self.entity.broken());
        report.not_run.extend(broken.map(|rule| NotRun { rule, reason: Reason::Broken }));
        sort(&mut report.findings);
        report
    }

    fn scan_views(&self, text: &str, source: Source, report: &mut Report) {
        let views = text::views(text, &self.budget);
        self.learned.scan(&views.views, source, report);
        let mut plain = Vec::new();
        for (index, view) in views.views.iter().enumerate() {
            if index == 0 && view.is_in_place(text) {
                self.scan_plain(text, view, &mut plain, &mut report.findings);
                continue;
            }
            if index == 0 {
                self.exact.scan(text, 0, &mut plain);
            }
            self.phrase.scan(view, &mut report.findings);
            if view.chain().is_empty() || self.exact.is_empty() {
                continue;
            }
            let mut decoded = Vec::new();
            self.exact.scan(view.text(), 0, &mut decoded);
            report.findings.extend(decoded.into_iter().map(|found| Finding {
                span: view.origin(found.finding.span.clone()),
                view: view.chain().to_vec(),
                ..found.finding
            }));
        }
        report.findings.extend(plain.into_iter().map(|found| found.finding));
        report.uninspected = views.uninspected;
    }

    /// Scans a text and its first view, which is the same without case, looking for anchors once.
    fn scan_plain(&self, text: &str, view: &View, exact: &mut Vec<Found>, phrase: &mut Vec<Finding>) {
        let (mut in_text, mut in_view) = (self.exact.regions(), self.phrase.regions());
        let after = in_text.rules();
        self.anchors.find(view.text(), 0, |rule, anchor| match rule.checked_sub(after) {
            Some(branch) => self.phrase.touch(branch, anchor, view, &mut in_view),
            None => self.exact.touch(rule, anchor, (0, text.len()), &mut in_text),
        });
        self.exact.scan_regions(text, 0, in_text, exact);
        self.phrase.scan_regions(view, in_view, phrase);
    }

    fn compare(&self, text: &str, context: &Context<'_>, report: &mut Report) {
        for rule in &self.protected {
            match context.protected {
                Some(protected) => protected.compare(rule, text, &mut report.findings),
                None => report.not_run.push(NotRun { rule, reason: Reason::NothingToCompare }),
            }
        }
    }
}

/// Orders findings by place, then length, then rule, and drops repetitions (the same rule at the same place in two views).
pub(crate) fn sort(findings: &mut Vec<Finding>) {
    findings.sort_by(|a, b| {
        let by_place = a.span.start.cmp(&b.span.start).then(b.span.end.cmp(&a.span.end));
        by_place.then(a.rule.id.cmp(b.rule.id)).then(b.score.total_cmp(&a.score)).then(a.view.len().cmp(&b.view.len()))
    });
    findings.dedup_by(|next, kept| next.rule == kept.rule && next.span == kept.span);
}
