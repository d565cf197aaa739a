//! A policy that is tried beside those in force: which one covers what, and what both say.

use std::collections::HashMap;
use std::sync::Arc;

use anyhow::Context as _;
use guard::classifier::Model;

use super::candidate;
use super::report::Report;
use super::traffic::{Item, Missing, What};
use crate::cli::Place;
use crate::config::Config;
use crate::model::policy::PolicySet;
use crate::model::policy::config::PolicyConfig;
use crate::model::policy::scope::Asked;
use crate::proxy::engine::Engine;
use crate::proxy::replay::{self, Fate, Replayed};

/// What is in force, and what would be.
pub(super) struct Trial {
    now: PolicySet,
    then: PolicySet,
    pub(super) candidate: Arc<Engine>,
    /// Engines of policies in force, by name.
    engines: HashMap<String, Arc<Engine>>,
    model: Arc<Model>,
    /// Nobody knows who sent the traffic: the candidate is compared with the policy of its name.
    pub(super) covers_all: bool,
    /// A transformer is configured, and not asked.
    pub(super) has_transformer: bool,
}

impl Trial {
    /// Among the policies of a configuration and those that are stored.
    pub(super) fn new(
        place: &Place,
        config: &Config,
        (stored, policy): (&[PolicyConfig], PolicyConfig),
    ) -> anyhow::Result<Self> {
        let model = place.model(config)?;
        let then = candidate::among(stored, &config.policies, &policy);
        let compiled = then.iter().find(|one| one.config.name == policy.name).context("the candidate is there")?;
        let candidate = Arc::new(Engine::new(compiled.clone(), &model, None));
        let now = PolicySet::of(stored, &config.policies);
        let has_transformer = config.transformer.is_some();
        Ok(Self { now, then, candidate, engines: HashMap::new(), model, covers_all: false, has_transformer })
    }

    /// What is counted into.
    pub(super) fn report(&self, traffic: String, examples_max: usize) -> Report {
        let policy = &self.candidate.policy;
        Report::new((&policy.config.name, &policy.version), traffic, examples_max)
    }

    /// Judges by both and counts what would change.
    pub(super) fn judge(&mut self, item: &Item, report: &mut Report) {
        let what = match &item.what {
            Ok(what) => what,
            Err(why) => return report.missing(*why),
        };
        let Some(now) = self.in_force(item, what) else {
            report.not_covered += 1;
            return;
        };
        let (before, after) = (judged(&now, what), judged(&self.candidate, what));
        // What was stopped then and would not be stopped for its request was stopped for its answer.
        let was_blocked = matches!(what, What::Exchange { was_blocked: true, .. });
        if was_blocked && before.fate != Fate::Blocked && after.fate != Fate::Blocked {
            return report.missing(Missing::AnswerStopped);
        }
        report.judged(&item.id, (&now.policy.config.name, &before), &after);
    }

    /// The policy that covers it now; `None` when the candidate would not cover it.
    fn in_force(&mut self, item: &Item, what: &What) -> Option<Arc<Engine>> {
        let (model, route) = match what {
            What::Exchange { request, .. } => (request.model(), request.surface().path()),
            What::Text { .. } => ("", ""),
        };
        let caller = &item.caller;
        let asked = Asked { key: &caller.key, app: caller.app.as_deref(), roles: &caller.roles, model, route };
        let name = &self.candidate.policy.config.name;
        let policy = if self.covers_all {
            self.now.iter().find(|policy| policy.config.name == *name).unwrap_or_else(|| self.now.pick(asked))
        } else if self.then.pick(asked).config.name == *name {
            self.now.pick(asked)
        } else {
            return None;
        };
        let engine = self.engines.entry(policy.config.name.clone());
        Some(engine.or_insert_with(|| Arc::new(Engine::new(policy.clone(), &self.model, None))).clone())
    }
}

fn judged(engine: &Arc<Engine>, what: &What) -> Replayed {
    match what {
        What::Text { text, stage } => replay::text(engine, text, *stage),
        What::Exchange { request, answer: Some(answer), .. } => replay::exchange(engine, request, answer),
        What::Exchange { request, answer: None, .. } => replay::request(engine, request),
    }
}
