//! One exchange from its first byte to its last: what is recorded of it, and that it is recorded.
//!
//! Invariant: an exchange that began leaves exactly one entry and settles its reservation exactly once, however it ends;
//! one that is dropped (a client that went away, a task that was cancelled) ends as `cancelled`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use wire::{Surface, Usage};

use super::inspect::Findings;
use super::output::Seen;
use super::pressure::Slot;
use super::upstream::Target;
use crate::api::limit::{self, Allowance, Reservation};
use crate::app::App;
use crate::data::audit::config::AuditContent;
use crate::error::Failure;
use crate::event::Event;
use crate::event::exchange::{ExchangeRecord, Outcome};
use crate::event::journal::JournalError;
use crate::infra::monitor::metric::{CacheLabels, Direction, FindingLabels, ModelLabels, RequestLabels, TokenLabels};
use crate::infra::monitor::trace;
use crate::model::policy::config::{Action, Stage};
use crate::model::policy::verdict::Decision;

/// Bytes of a request or an answer that an entry keeps.
const CONTENT_BYTES_MAX: usize = 1024 * 1024;

/// An exchange under way.
#[derive(Debug)]
pub struct Exchange {
    app: Arc<App>,
    /// What will be recorded.
    pub record: ExchangeRecord,
    reservation: Option<Reservation>,
    /// The place at the provider.
    slot: Option<Slot>,
    keeps_content: bool,
    /// A provider was asked.
    is_sent: bool,
    /// A provider said it did what it was asked.
    is_served: bool,
    begun: Instant,
    /// Time spent in the gateway itself.
    busy: Duration,
    closed: bool,
}

impl Exchange {
    /// Begins an exchange.
    pub fn begin(app: &Arc<App>, surface: Surface) -> Self {
        app.metrics.under_way.inc();
        let record = ExchangeRecord::begin(app.new_id(), app.clock.now(), surface.path());
        let keeps_content = app.live().config.audit.content == AuditContent::Sealed;
        Self {
            app: app.clone(),
            record,
            reservation: None,
            slot: None,
            keeps_content,
            is_sent: false,
            is_served: false,
            begun: Instant::now(),
            busy: Duration::ZERO,
            closed: false,
        }
    }

    /// The request id.
    pub fn id(&self) -> &str {
        &self.record.request_id
    }

    /// When it began.
    pub fn begun(&self) -> Instant {
        self.begun
    }

    /// Keeps the reservation until the end.
    pub fn hold(&mut self, reservation: Reservation) {
        self.reservation = Some(reservation);
    }

    /// Keeps the place at the provider until the end.
    pub(super) fn occupy(&mut self, slot: Option<Slot>) {
        self.slot = slot;
    }

    /// Notes that the answer begins.
    pub(super) fn begins(&mut self) {
        if let Some(slot) = &mut self.slot {
            slot.first_token();
        }
    }

    /// The reservation, as the proof that a provider asks for.
    pub fn reservation(&self) -> Option<&Reservation> {
        self.reservation.as_ref()
    }

    /// What is left of the limits that apply.
    pub fn allowances(&self) -> &[Allowance] {
        self.reservation.as_ref().map_or(&[], Reservation::allowances)
    }

    /// The time by the gateway's clock.
    pub(super) fn now(&self) -> jiff::Timestamp {
        self.app.clock.now()
    }

    /// Notes what came of the answer by now.
    pub(super) fn saw(&mut self, seen: Seen) {
        if let Some(reservation) = &mut self.reservation {
            reservation.saw(seen.tokens_min(), seen.bytes);
        }
    }

    /// Keeps text for the entry, sealed, where the configuration wants it. Text of one name adds up, to a limit.
    pub fn keep(&mut self, name: &'static str, bytes: &[u8]) {
        if !self.keeps_content {
            return;
        }
        let sealed = &mut self.record.sealed;
        let at = sealed.iter().position(|(known, _)| *known == name).unwrap_or_else(|| {
            sealed.push((name, String::new()));
            sealed.len() - 1
        });
        let text = &mut sealed[at].1;
        let room = CONTENT_BYTES_MAX.saturating_sub(text.len());
        text.push_str(&String::from_utf8_lossy(&bytes[..bytes.len().min(room)]));
    }

    /// Counts time that the gateway worked, as against waited.
    pub fn worked(&mut self, time: Duration) {
        self.busy += time;
    }

    /// Takes over what the inspection of the request found.
    pub fn inspected(&mut self, findings: &Findings) {
        self.decided(&findings.decisions);
        self.not_run(&findings.not_run);
        self.uninspected(&findings.uninspected);
        self.record.risk = findings.risk_sum;
        let count = |hit, by| {
            if by > 0 {
                self.app.metrics.verdict_cache.get_or_create(&CacheLabels { hit }).inc_by(by);
            }
        };
        count("yes", findings.cached);
        count("no", findings.scanned);
    }

    /// Adds decisions.
    pub fn decided(&mut self, decisions: &[Decision]) {
        for decision in decisions {
            self.record.add(decision);
            let labels =
                FindingLabels { rule: decision.rule, action: action(decision.action), stage: stage(decision.stage) };
            self.app.metrics.findings.get_or_create(&labels).inc();
        }
    }

    /// Adds rules that did not run.
    pub fn not_run(&mut self, rules: &[&'static str]) {
        for rule in rules {
            if !self.record.not_run.contains(rule) {
                self.record.not_run.push(rule);
            }
        }
    }

    /// Adds what passed uninspected.
    pub fn uninspected(&mut self, kinds: &[&'static str]) {
        for kind in kinds {
            if !self.record.uninspected.contains(kind) {
                self.record.uninspected.push(kind);
            }
        }
    }

    /// The provider's answer began.
    pub(super) fn answered(&mut self, target: &Target, status: u16, waited: Duration) {
        self.is_served = (200..300).contains(&status);
        if let Some(reservation) = &mut self.reservation {
            reservation.priced(target.price);
        }
        self.record.provider = Some(target.provider.name.clone());
        self.record.upstream_status = Some(status);
        self.record.upstream_us = micros(waited);
        let labels = ModelLabels { model: self.record.model.clone() };
        self.app.metrics.upstream.get_or_create(&labels).observe(waited.as_secs_f64());
    }

    /// The gateway's own time before the provider was asked.
    pub fn sent(&mut self) {
        self.is_sent = true;
        self.record.overhead_us = micros(self.busy);
        self.app.metrics.overhead.observe(self.busy.as_secs_f64());
    }

    /// Ends with a failure.
    ///
    /// # Errors
    /// When the entry cannot be written.
    pub fn fail(&mut self, failure: &Failure) -> Result<(), Failure> {
        self.record.failure = Some(failure.code());
        self.finish(outcome(failure), None)
    }

    /// Ends: settles the reservation and records the exchange.
    ///
    /// # Errors
    /// When the entry cannot be written.
    pub fn finish(&mut self, outcome: Outcome, usage: Option<Usage>) -> Result<(), Failure> {
        let Some(event) = self.close(outcome, usage) else { return Ok(()) };
        self.app.journal.append(&event).map_err(unrecorded)
    }

    /// As [`Exchange::finish`], with what others record at this moment.
    ///
    /// # Errors
    /// When the entry cannot be written.
    pub(super) async fn finish_with_others(&mut self, outcome: Outcome, usage: Option<Usage>) -> Result<(), Failure> {
        let Some(event) = self.close(outcome, usage) else { return Ok(()) };
        self.app.journal.append_with_others(&event).await.map_err(unrecorded)
    }

    /// Settles the reservation; gives what is to be recorded, once.
    fn close(&mut self, outcome: Outcome, usage: Option<Usage>) -> Option<Event> {
        if std::mem::replace(&mut self.closed, true) {
            return None;
        }
        let used = usage.unwrap_or_default();
        if let Some(reservation) = self.reservation.take() {
            // Nothing was used when nothing was sent, or the provider failed. A client that left before the answer began
            // left a provider at work.
            let is_used = self.is_served || (self.is_sent && outcome == Outcome::Cancelled);
            let reported = usage.map(|usage| self.reported(usage));
            if is_used { reservation.settle(reported) } else { reservation.release() }
        }
        self.record.outcome = outcome;
        self.record.input_tokens = used.input_tokens;
        self.record.output_tokens = used.output_tokens;
        self.record.duration_us = micros(self.begun.elapsed());
        self.count(outcome, used);
        trace::record(&self.app, &self.record);
        Some(self.record.event())
    }

    /// The outcome of an exchange that was let through, by what was decided on the way.
    pub fn outcome(&self) -> Outcome {
        match self.record.action() {
            Action::Allow | Action::Flag => Outcome::Allowed,
            Action::Mask => Outcome::Masked,
            // It was let through with a note (`annotate`).
            Action::Review | Action::Block => Outcome::Allowed,
        }
    }

    /// What the provider says was used. Anthropic does not count what it read from its cache among the tokens read.
    fn reported(&self, usage: Usage) -> limit::Usage {
        let is_apart = self.record.surface == Surface::Messages.path();
        let cached = if is_apart { usage.cached_tokens } else { 0 };
        limit::Usage { input_tokens: usage.input_tokens.saturating_add(cached), output_tokens: usage.output_tokens }
    }

    fn count(&self, outcome: Outcome, used: Usage) {
        let metrics = &self.app.metrics;
        metrics.under_way.dec();
        let model = if self.record.model.is_empty() { "unknown".to_owned() } else { self.record.model.clone() };
        let labels = RequestLabels { surface: self.record.surface, model: model.clone(), outcome: outcome.name() };
        metrics.requests.get_or_create(&labels).inc();
        for (kind, tokens) in [(Direction::input, used.input_tokens), (Direction::output, used.output_tokens)] {
            if tokens > 0 {
                metrics.tokens.get_or_create(&TokenLabels { model: model.clone(), kind }).inc_by(tokens);
            }
        }
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        if !self.closed {
            // The client is gone: there is nobody to tell, and the log has it.
            let _ = self.finish(Outcome::Cancelled, None);
        }
    }
}

fn unrecorded(error: JournalError) -> Failure {
    tracing::error!(error = &error as &dyn std::error::Error, "an exchange could not be recorded");
    Failure::Unrecorded
}

/// How an exchange ends that ends with a failure.
pub(super) fn outcome(failure: &Failure) -> Outcome {
    match failure {
        Failure::Blocked { .. } | Failure::Uninspectable { .. } => Outcome::Blocked,
        Failure::Held { .. } => Outcome::Held,
        Failure::Unauthenticated | Failure::Token { .. } | Failure::Denied(_) | Failure::Limited(_) => Outcome::Denied,
        _ => Outcome::Failed,
    }
}

/// Whole microseconds.
pub(super) fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

fn action(action: Action) -> &'static str {
    match action {
        Action::Allow => "allow",
        Action::Flag => "flag",
        Action::Mask => "mask",
        Action::Review => "review",
        Action::Block => "block",
    }
}

fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Input => "input",
        Stage::ToolResult => "tool_result",
        Stage::Output => "output",
        Stage::ToolCall => "tool_call",
    }
}
