//! The learned rules of a set, over the views of a text.
//!
//! Invariants: every view is judged once, for all rules and by no head that none of them asks; each rule that fits the kind of text has exactly one score.

use std::sync::Arc;

use super::Report;
use crate::classifier::{Head, Judgement, Model, Question, Source};
use crate::finding::{Evidence, Finding};
use crate::rule::{Matcher, Rule};
use crate::text::View;

/// What a learned rule says of a text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Score {
    /// The rule.
    pub rule: &'static Rule,
    /// The probability, 0 to 1.
    pub score: f32,
}

/// Learned rules and the model that judges for them.
#[derive(Debug)]
pub(super) struct LearnedSet {
    rules: Vec<(&'static Rule, Question)>,
    /// `None`: it did not pass its self-test.
    model: Option<Arc<Model>>,
}

impl LearnedSet {
    pub(super) fn new(rules: impl IntoIterator<Item = &'static Rule>, model: Option<Arc<Model>>) -> Self {
        let learned = |rule: &'static Rule| match rule.matcher {
            Matcher::Learned(question) => Some((rule, question)),
            Matcher::Exact(_)
            | Matcher::Phrase(_)
            | Matcher::Protected(_)
            | Matcher::Entity(_)
            | Matcher::Transformer
            | Matcher::Value(_)
            | Matcher::Contract => None,
        };
        Self { rules: rules.into_iter().filter_map(learned).collect(), model }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    pub(super) fn rules(&self) -> impl Iterator<Item = &'static Rule> {
        self.rules.iter().map(|(rule, _)| *rule)
    }

    /// Rules that cannot judge.
    pub(super) fn broken(&self) -> impl Iterator<Item = &'static Rule> {
        self.rules().filter(|_| self.model.is_none())
    }

    /// Judges every view; the highest score of each rule counts.
    pub(super) fn scan(&self, views: &[View], source: Source, report: &mut Report) {
        let Some(model) = &self.model else { return };
        let mut heads: Vec<Head> = self.rules.iter().map(|(_, question)| question.head()).collect();
        heads.retain(|head| head.judges(source));
        heads.sort_unstable();
        heads.dedup();
        if heads.is_empty() {
            return;
        }
        let judged: Vec<_> = views.iter().map(|view| (view, model.judge_by(&heads, view.text()))).collect();
        for &(rule, question) in self.rules.iter().filter(|(_, question)| question.head().judges(source)) {
            let scored = judged.iter().filter_map(|(view, judgements)| {
                let judgement = &judgements[question.head() as usize];
                let score = model.answer(question, source, judgement);
                question.takes(score, view.text()).then_some((score, *view, judgement))
            });
            let Some(best) = scored.max_by(|a, b| a.0.total_cmp(&b.0)) else {
                report.scores.push(Score { rule, score: 0.0 });
                continue;
            };
            report.scores.push(Score { rule, score: best.0 });
            report.findings.extend(finding(rule, question.head().finding_min(), best));
        }
    }
}

fn finding(rule: &'static Rule, least: f32, (score, view, judgement): (f32, &View, &Judgement)) -> Option<Finding> {
    let span = view.origin(judgement.span.clone());
    let view = view.chain().to_vec();
    (score >= least && !span.is_empty()).then_some(Finding { rule, span, score, evidence: Evidence::Learned, view })
}
