//! One text, one policy, no request around it: what `check`, `scan` and the admin API ask.
//!
//! Every rule of the catalogue runs, also those that the policy has no line for; those come back as `allow`, with their
//! score. Only what has to be asked for (`entity`) does not.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use guard::classifier::transformer::RULE as CL007;
use guard::classifier::{Model, Weight};
use guard::rule::Matcher;
use guard::scan::Score;
use guard::text::{Budget, views};
use guard::{Evidence, Finding, Report, Rule, Scanner};
use serde::Serialize;
use transformer::Budget as Patience;

use crate::config::Config;
use crate::model::policy::config::{Action, Origin, Stage};
use crate::model::policy::{Policy, PolicySet};
use crate::model::transformer::{Transformer, ask};
use crate::proxy::engine::source;
use crate::proxy::escalate::{EMBEDDED, Unsure};

/// A policy and all rules, ready to look at texts.
#[derive(Debug)]
pub struct Evaluator {
    policy: Arc<Policy>,
    scanner: Scanner,
    /// Rules that run only where a policy names them, and this one does not.
    not_asked: Vec<&'static str>,
    model: Arc<Model>,
    transformer: Option<Arc<Transformer>>,
}

/// What was found in one text.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Evaluation {
    /// The most severe action.
    pub action: Action,
    /// The policy that was asked.
    pub policy: String,
    /// Its version.
    pub policy_version: String,
    /// In the order of the text.
    pub findings: Vec<Found>,
    /// The highest score of each category, also of learned rules that found nothing.
    pub scores: BTreeMap<&'static str, f32>,
    /// The version of the model behind learned rules.
    pub model: String,
    /// Rules that need more than a text (a system prompt, a canary), or a line of the policy that names them (`entity`).
    pub not_run: Vec<&'static str>,
    /// Parts that were not inspected, and why.
    pub uninspected: Vec<&'static str>,
    /// Time it took, in microseconds.
    pub elapsed_us: u64,
}

/// One finding.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Found {
    /// The rule's id.
    pub rule: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Its category.
    pub category: &'static str,
    /// OWASP and ATLAS ids.
    pub tags: &'static [&'static str],
    /// What the policy does about it.
    pub action: Action,
    /// Confidence, 0 to 1.
    pub score: f32,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// What makes it credible.
    #[schema(value_type = String)]
    pub evidence: Evidence,
    /// The transforms that led to it.
    pub view: Vec<&'static str>,
    /// For a learned rule: the stretches that spoke most for it, heaviest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub because: Vec<Reason>,
}

/// A stretch of the text that spoke for a finding.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Reason {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// What it adds; compares within one finding.
    pub weight: f32,
}

/// Reasons that are told of one finding.
const REASONS_MAX: usize = 5;

/// The policy that was asked for does not exist.
#[derive(Debug, thiserror::Error)]
#[error("there is no policy `{asked}` (known: {known})")]
pub struct NoPolicy {
    asked: String,
    known: String,
}

impl Evaluator {
    /// Takes the named policy, or the first one.
    ///
    /// # Errors
    /// When there is none of that name.
    pub fn new(config: &Config, policy: Option<&str>, model: Arc<Model>) -> Result<Self, NoPolicy> {
        Self::among(&PolicySet::new(config.policies.iter().cloned()), policy, model)
    }

    /// As [`Evaluator::new`], among policies that are compiled.
    ///
    /// # Errors
    /// When there is none of that name.
    pub fn among(set: &PolicySet, policy: Option<&str>, model: Arc<Model>) -> Result<Self, NoPolicy> {
        let chosen = set.iter().find(|candidate| policy.is_none_or(|name| candidate.config.name == name));
        let Some(policy) = chosen.cloned() else {
            let known = set.iter().map(|policy| policy.config.name.as_str()).collect::<Vec<_>>().join(", ");
            return Err(NoPolicy { asked: policy.unwrap_or_default().to_owned(), known });
        };
        // What is opted in to costs more than everything else together.
        let asks = |rule: &&Rule| !rule.family.is_opt_in() || policy.names(rule);
        let (asked, not_asked): (Vec<_>, Vec<_>) = guard::rules().partition(asks);
        let scanner = Scanner::new(asked).with_model(model.clone());
        Ok(Self {
            policy,
            scanner,
            not_asked: not_asked.iter().map(|rule| rule.id).collect(),
            model,
            transformer: None,
        })
    }

    /// Has a transformer judge what the embedded tier is unsure of, on the thread that asks.
    pub fn with_transformer(mut self, transformer: Option<Arc<Transformer>>) -> Self {
        self.transformer = transformer;
        self
    }

    /// Looks at one text.
    pub fn evaluate(&self, text: &str, stage: Stage) -> Evaluation {
        let begun = Instant::now();
        let context = guard::Context { source: source(stage), ..guard::Context::default() };
        let mut report = self.scanner.scan(text, &context);
        let not_judged = self.escalate(text, &mut report);
        let mut scores = BTreeMap::new();
        let told = report.scores.iter().map(|score| (score.rule.category, score.score));
        for (category, score) in told.chain(report.findings.iter().map(|found| (found.rule.category, found.score))) {
            let highest = scores.entry(category).or_insert(0.0_f32);
            *highest = highest.max(score);
        }
        let origin = match stage {
            Stage::Input => Some(Origin::User),
            Stage::ToolResult => Some(Origin::ToolResult),
            Stage::Output | Stage::ToolCall => None,
        };
        let findings: Vec<Found> = report
            .findings
            .into_iter()
            .map(|finding| {
                let decision = self.policy.decide(&finding, stage, origin);
                let because = self.reasons(text, &finding);
                Found {
                    because,
                    rule: finding.rule.id,
                    name: finding.rule.name,
                    category: finding.rule.category,
                    tags: finding.rule.tags,
                    action: decision.map(|decision| decision.action).unwrap_or_default(),
                    score: finding.score,
                    start: finding.span.start,
                    end: finding.span.end,
                    evidence: finding.evidence,
                    view: finding.view,
                }
            })
            .collect();
        Evaluation {
            action: findings.iter().map(|finding| finding.action).max().unwrap_or_default(),
            policy: self.policy.config.name.clone(),
            policy_version: self.policy.version.clone(),
            findings,
            scores,
            model: self.model.version().to_owned(),
            not_run: report
                .not_run
                .iter()
                .map(|not_run| not_run.rule.id)
                .chain(self.not_asked.iter().copied())
                .chain(not_judged)
                .collect(),
            uninspected: report.uninspected.iter().map(|part| part.reason()).collect(),
            elapsed_us: u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX),
        }
    }

    /// Puts the transformer's answer in the place of the embedded tier's, where that is unsure. Gives the rule when it did
    /// not judge all of the text; then the embedded tier's stands.
    fn escalate(&self, text: &str, report: &mut Report) -> Option<&'static str> {
        let transformer = self.transformer.as_ref()?;
        let embedded = report.scores.iter().find(|score| score.rule == EMBEDDED)?.score;
        if !transformer.config.is_unsure(embedded) {
            return None;
        }
        let unsure = Unsure::new(text, &self.model);
        let patience = Patience::until(Instant::now() + transformer.config.budget());
        let Ok(said) = ask(&**transformer.judge(), &unsure.suspect, &patience) else { return Some(CL007.id) };
        if said.is_whole {
            report.findings.retain(|finding| finding.rule != EMBEDDED);
        }
        if said.windows > 0 {
            report.scores.push(Score { rule: &CL007, score: said.score });
        }
        report.findings.extend(unsure.finding(&said));
        report.findings.sort_by_key(|finding| finding.span.start);
        (!said.is_whole).then_some(CL007.id)
    }

    /// The stretches of the text that made a learned rule's score.
    fn reasons(&self, text: &str, finding: &Finding) -> Vec<Reason> {
        let Matcher::Learned(question) = finding.rule.matcher else { return Vec::new() };
        let found = views(text, &Budget::default());
        let Some(view) = found.views.iter().find(|view| view.chain() == finding.view) else { return Vec::new() };
        let head = question.head();
        let window = self.model.judge(view.text())[head as usize].span.clone();
        let reason = |weight: Weight| {
            let span = view.origin(weight.span);
            Reason { start: span.start, end: span.end, weight: weight.adds }
        };
        self.model.explain(head, view.text(), window, REASONS_MAX).into_iter().map(reason).collect()
    }
}
