//! What the embedded tier is unsure of goes to the transformer, and its answer counts.
//!
//! Invariants: a text is escalated only when a transformer is configured, the policy has a line for CL007, and the score
//! lies in the band; what was not judged is said to be so, and what happens then was configured; all texts of one
//! request share one budget of time.

use std::time::Instant;

use guard::classifier::transformer::RULE;
use guard::classifier::{FINDING_MIN, Head, Model};
use guard::text::{Budget as ViewBudget, View, views};
use guard::{Evidence, Finding};
use prometheus_client::metrics::gauge::Gauge;

use super::engine::Engine;
use crate::infra::monitor::metric::TransformerMetrics;
use crate::model::policy::config::{Action, Origin, Stage};
use crate::model::policy::verdict::Verdict;
use crate::model::transformer::config::OnTimeout;
use crate::model::transformer::{Said, Suspect, Transformer, Unsaid};

/// The rule of the embedded tier whose place it takes.
pub(super) const EMBEDDED: &guard::Rule = &guard::classifier::injection::RULE;

/// The time that a request has, from its first escalation on; and where it is counted.
#[derive(Debug)]
pub struct Escalation<'a> {
    metrics: &'a TransformerMetrics,
    deadline: Option<Instant>,
}

/// Counts a text while it waits, also when whoever asked goes away.
struct Waiting<'a>(&'a Gauge);

/// A suspect with the view that it was found in.
pub(super) struct Unsure {
    pub(super) suspect: Suspect,
    /// Where the embedded tier found most, if that is not the text as it is.
    view: Option<View>,
}

impl<'a> Escalation<'a> {
    /// Nothing was escalated yet.
    pub fn new(metrics: &'a TransformerMetrics) -> Self {
        Self { metrics, deadline: None }
    }

    /// Asks the transformer, and has its answer take the place of the embedded tier's.
    pub(super) async fn settle(
        &mut self,
        (engine, transformer): (&Engine, &Transformer),
        text: &str,
        (stage, origin): (Stage, Origin),
        verdict: &mut Verdict,
    ) {
        let deadline = *self.deadline.get_or_insert_with(|| Instant::now() + transformer.config.budget());
        let unsure = Unsure::new(text, engine.judge());
        let begun = Instant::now();
        let waiting = Waiting::new(&self.metrics.under_way);
        let answer = transformer.ask(unsure.suspect.clone(), deadline).await;
        drop(waiting);
        self.count(begun, &answer);
        let unsaid = match answer {
            Ok(said) => {
                // Half an answer adds, and acquits of nothing.
                if said.is_whole {
                    drop_embedded(verdict);
                }
                if let Some(finding) = unsure.finding(&said) {
                    verdict.decisions.extend(engine.policy.decide(&finding, stage, Some(origin)));
                    verdict.decisions.sort_by_key(|decision| decision.span.start);
                }
                (!said.is_whole).then_some(Unsaid::Late)
            }
            Err(why) => Some(why),
        };
        if let Some(why) = unsaid {
            without(engine, transformer.config.on_timeout, why, (stage, origin), verdict);
        }
    }

    fn count(&self, begun: Instant, answer: &Result<Said, Unsaid>) {
        self.metrics.seconds.observe(begun.elapsed().as_secs_f64());
        let outcome = match answer {
            Ok(said) => {
                self.metrics.windows.inc_by(said.windows as u64);
                if said.is_whole { "judged" } else { Unsaid::Late.name() }
            }
            Err(why) => why.name(),
        };
        self.metrics.count(outcome);
    }
}

impl<'a> Waiting<'a> {
    fn new(gauge: &'a Gauge) -> Self {
        gauge.inc();
        Self(gauge)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Unsure {
    /// Finds the place where the embedded tier sees most.
    pub(super) fn new(text: &str, model: &Model) -> Self {
        let found = views(text, &ViewBudget::default());
        let judged = found.views.into_iter().map(|view| {
            let judgement = model.judge_by(&[Head::Injection], view.text())[Head::Injection as usize].clone();
            (view, judgement)
        });
        let Some((view, judgement)) = judged.max_by(|a, b| a.1.worst.total_cmp(&b.1.worst)) else {
            return Self { suspect: Suspect::new(text, 0..0, None), view: None };
        };
        let hint = view.origin(judgement.span);
        let view = (!view.chain().is_empty()).then_some(view);
        Self { suspect: Suspect::new(text, hint, view.as_ref().map(View::text)), view }
    }

    /// What was said, as a finding in the text; `None` when it is none.
    pub(super) fn finding(&self, said: &Said) -> Option<Finding> {
        let view = self.view.as_ref().filter(|_| said.is_in_decoded);
        let span = view.map_or_else(|| said.span.clone(), |view| view.origin(said.span.clone()));
        let chain = view.map(|view| view.chain().to_vec()).unwrap_or_default();
        let is_found = said.score >= FINDING_MIN && !span.is_empty();
        is_found.then_some(Finding { rule: &RULE, span, score: said.score, evidence: Evidence::Learned, view: chain })
    }
}

/// What happens when all or part of a text was not judged.
fn without(engine: &Engine, on_timeout: OnTimeout, why: Unsaid, place: (Stage, Origin), verdict: &mut Verdict) {
    let (stage, origin) = (place.0, Some(place.1));
    verdict.not_run.push(RULE.id);
    let fails = match (why, on_timeout) {
        (Unsaid::Failed, _) => engine.policy.fails_closed(&RULE, stage, origin),
        (_, OnTimeout::Block) => engine.policy.acts_on(&RULE, stage, origin),
        (_, OnTimeout::Embedded) => false,
        (_, OnTimeout::Allow) => {
            drop_embedded(verdict);
            false
        }
    };
    // What stops it anyway says more than that something did not run.
    verdict.failed_closed |= fails && verdict.action() < Action::Review;
}

fn drop_embedded(verdict: &mut Verdict) {
    verdict.decisions.retain(|decision| decision.rule != EMBEDDED.id);
}
