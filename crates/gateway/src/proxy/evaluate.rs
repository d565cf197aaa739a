//! One text, one policy, no request around it: what `check`, `scan` and the admin API ask.
//!
//! Every rule of the catalogue runs, also those that the policy has no line for; those come back as `allow`, with their
//! score.

use std::sync::Arc;
use std::time::Instant;

use guard::{Evidence, Scanner};
use serde::Serialize;

use crate::config::Config;
use crate::model::policy::config::{Action, Origin, Stage};
use crate::model::policy::{Policy, PolicySet};

/// A policy and all rules, ready to look at texts.
#[derive(Debug)]
pub struct Evaluator {
    policy: Arc<Policy>,
    scanner: Scanner,
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
    /// Rules that need more than a text (a system prompt, a canary).
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
}

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
    pub fn new(config: &Config, policy: Option<&str>) -> Result<Self, NoPolicy> {
        Self::among(&PolicySet::new(config.policies.iter().cloned()), policy)
    }

    /// As [`Evaluator::new`], among policies that are compiled.
    ///
    /// # Errors
    /// When there is none of that name.
    pub fn among(set: &PolicySet, policy: Option<&str>) -> Result<Self, NoPolicy> {
        let chosen = set.iter().find(|candidate| policy.is_none_or(|name| candidate.config.name == name));
        let Some(policy) = chosen.cloned() else {
            let known = set.iter().map(|policy| policy.config.name.as_str()).collect::<Vec<_>>().join(", ");
            return Err(NoPolicy { asked: policy.unwrap_or_default().to_owned(), known });
        };
        Ok(Self { policy, scanner: Scanner::new(guard::rules()) })
    }

    /// Looks at one text.
    pub fn evaluate(&self, text: &str, stage: Stage) -> Evaluation {
        let begun = Instant::now();
        let report = self.scanner.scan(text, &guard::Context::default());
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
                Found {
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
            not_run: report.not_run.iter().map(|not_run| not_run.rule.id).collect(),
            uninspected: report.uninspected.iter().map(|part| part.reason()).collect(),
            elapsed_us: u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX),
        }
    }
}
