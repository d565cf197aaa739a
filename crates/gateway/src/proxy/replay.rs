//! A recorded exchange, judged again by a policy: what would have become of it, and by which lines.
//!
//! No provider is asked and nothing is changed: the same detectors run, and the same lines decide. What a recording does not
//! hold has no say: attempts of one author (CV002), the canary, the transformer. An answer is judged as its client got it,
//! so that what another policy masked in it stays masked.
//!
//! Invariant: of an exchange whose request a policy stops, no answer is judged.

use std::borrow::Cow;
use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use guard::conversation::risk;
use guard::leak::ProtectedText;
use serde::Serialize;
use wire::{Channel, Encoding, Ended, Filter, Limits, Relay, RelayLimits, Released, Request, Surface, ToolCall};

use super::agreement::{Agreement, Judged};
use super::engine::Engine;
use super::inspect::{Findings, is_prompt, origin, refuse_uninspectable, stage, strings};
use super::joined::{Joined, runs, runs_over_turns};
use super::{definitions, output};
use crate::error::Failure;
use crate::model::conversation::risk::Risk;
use crate::model::policy::config::{Action, Origin, Stage, StreamMode};
use crate::model::policy::verdict::{Decision, Verdict};

/// What becomes of an exchange, mildest first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Fate {
    /// It passes unchanged; what is flagged does.
    #[default]
    Allowed,
    /// It passes with something masked.
    Masked,
    /// It does not pass, or waits for a person.
    Blocked,
}

/// What a policy says of one exchange or text.
#[derive(Debug, Default)]
pub struct Replayed {
    /// What becomes of it.
    pub fate: Fate,
    /// What makes it so, each once.
    pub causes: Vec<Cause>,
    /// What was said of the answer: none when there was none to judge, or none that can be read.
    pub judges_answer: bool,
}

/// A rule, and the line of the policy that makes something of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct Cause {
    /// The rule's id, or the code of a refusal without a rule (`content_not_inspectable`).
    pub rule: &'static str,
    /// Its category, or what could not be inspected.
    pub category: &'static str,
    /// The line: `rule[2]`, `sinks`, or `tool` for what a policy agrees on without a line.
    pub line: String,
    /// What it does.
    pub action: Action,
}

/// Judges one request.
pub fn request(engine: &Engine, request: &Request) -> Replayed {
    let mut judging = Judging::new(engine);
    if engine.policy.is_on() {
        judging.request(request);
    }
    judging.replayed()
}

/// Judges a request and, when it passes, the answer that its client got.
pub fn exchange(engine: &Arc<Engine>, request: &Request, answer: &[u8]) -> Replayed {
    let asked = self::request(engine, request);
    if asked.fate == Fate::Blocked {
        return asked;
    }
    let texts = request.segments().iter().enumerate().filter(|(_, segment)| is_prompt(segment));
    let texts = engine.compares.then(|| texts.map(|(index, _)| request.text(index))).into_iter().flatten();
    let mut answered = Answered {
        engine,
        protected: ProtectedText::new(texts, None),
        agreement: Agreement::of(engine, request),
        channels: HashMap::new(),
        is_stream: request.stream(),
        judging: Judging::new(engine),
    };
    if answered.read(request.surface(), answer).is_none() {
        return asked;
    }
    let mut both = answered.judging.replayed();
    both.judges_answer = true;
    both.fate = both.fate.max(asked.fate);
    for cause in asked.causes {
        if !both.causes.contains(&cause) {
            both.causes.push(cause);
        }
    }
    both
}

/// Judges one text without a request around it.
pub fn text(engine: &Engine, text: &str, stage: Stage) -> Replayed {
    let mut judging = Judging::new(engine);
    match stage {
        Stage::Input => judging.verdict(&engine.judge_input(text, stage, Origin::User), (stage, Origin::User), false),
        Stage::ToolResult => {
            let author = Origin::ToolResult;
            judging.verdict(&engine.judge_input(text, stage, author), (stage, author), false);
        }
        Stage::Output | Stage::ToolCall => {
            let report = engine.look_at_output(text, &ProtectedText::default());
            judging.decisions(&engine.decide(&report.findings, stage, None), None, false);
        }
    }
    judging.replayed()
}

/// What a policy said so far.
struct Judging<'e> {
    engine: &'e Engine,
    said: Vec<(Action, Cause)>,
    risk: Risk,
}

impl<'e> Judging<'e> {
    fn new(engine: &'e Engine) -> Self {
        Self { engine, said: Vec::new(), risk: Risk::default() }
    }

    /// In the order of the path itself, but to its end: all that stops a request is told.
    fn request(&mut self, request: &Request) {
        if let Err(Failure::Uninspectable { kind, .. }) =
            refuse_uninspectable(self.engine, request, &mut Findings::default())
        {
            self.refuse("content_not_inspectable", kind, "allow_uninspected");
        }
        let definitions = definitions::judge(self.engine, request);
        self.decisions(&definitions, None, false);
        let config = &self.engine.policy.config;
        for (index, segment) in request.segments().iter().enumerate() {
            let place = (stage(segment), origin(segment.provenance));
            if !config.inspects(place.1, segment.is_latest_turn) {
                continue;
            }
            let text = request.text(index);
            let verdict = self.engine.judge_input(text, place.0, place.1);
            self.risk.note(segment.turn, segment.is_latest_turn, &verdict.decisions);
            self.verdict(&verdict, place, !segment.is_latest_turn);
            if segment.encoding == Encoding::Json && text.contains('\\') {
                for leaf in strings(text) {
                    self.verdict(&self.engine.judge_input(&leaf, place.0, place.1), place, !segment.is_latest_turn);
                }
            }
        }
        self.seams(request);
        self.risk();
    }

    fn seams(&mut self, request: &Request) {
        let config = &self.engine.policy.config;
        let turns = config.conversation.join_turns;
        let over_turns = if turns > 0 { runs_over_turns(request, turns) } else { Vec::new() };
        let segments = request.segments();
        for run in runs(request).into_iter().chain(over_turns) {
            let Some(newest) = run.last().map(|index| &segments[*index]) else { continue };
            let place = (stage(newest), origin(newest.provenance));
            if !config.inspects(place.1, newest.is_latest_turn) {
                continue;
            }
            for seam in ["", "\n"] {
                let joined = Joined::new(request, &run, seam);
                let mut verdict = self.engine.judge_input(&joined.text, place.0, place.1);
                verdict.decisions.retain(|decision| !joined.across(&decision.span).is_empty());
                self.verdict(&verdict, place, !newest.is_latest_turn);
            }
        }
    }

    fn risk(&mut self) {
        let risk_max = self.engine.policy.config.conversation.risk_max;
        if risk_max > 0.0 && self.risk.sum() >= risk_max && self.risk.is_of_several() && self.risk.is_new() {
            let breach = self.engine.policy.breach(&risk::RULE, (Stage::Input, 1.0));
            self.decisions(breach.as_slice(), None, false);
        }
    }

    fn verdict(&mut self, verdict: &Verdict, place: (Stage, Origin), is_old: bool) {
        if verdict.failed_closed {
            self.refuse("gateway_unavailable", verdict.not_run.first().copied().unwrap_or_default(), "on_error");
        }
        self.decisions(&verdict.decisions, Some(place.1), is_old);
    }

    /// What is found in an older turn is taken out, and stops nothing.
    fn decisions(&mut self, decisions: &[Decision], origin: Option<Origin>, is_old: bool) {
        let policy = &self.engine.policy;
        let only_annotates = policy.config.only_annotates();
        for decision in decisions {
            let effect = match decision.action {
                Action::Review | Action::Block if only_annotates => Action::Flag,
                Action::Review | Action::Block if is_old => Action::Mask,
                action => action,
            };
            let cause = Cause {
                rule: decision.rule,
                category: decision.category,
                line: policy.line_named(decision, origin),
                action: decision.action,
            };
            self.say(effect, cause);
        }
    }

    fn refuse(&mut self, code: &'static str, what: &'static str, line: &str) {
        let cause = Cause { rule: code, category: what, line: line.to_owned(), action: Action::Block };
        self.say(Action::Block, cause);
    }

    fn say(&mut self, effect: Action, cause: Cause) {
        if !self.said.iter().any(|(known, said)| *known == effect && *said == cause) {
            self.said.push((effect, cause));
        }
    }

    fn replayed(self) -> Replayed {
        let fate = self.said.iter().map(|(effect, _)| fate(*effect)).max().unwrap_or_default();
        let causes = self.said.into_iter().filter(|(effect, _)| fate > Fate::Allowed && self::fate(*effect) == fate);
        Replayed { fate, causes: causes.map(|(_, cause)| cause).collect(), judges_answer: false }
    }
}

fn fate(effect: Action) -> Fate {
    match effect {
        Action::Allow | Action::Flag => Fate::Allowed,
        Action::Mask => Fate::Masked,
        Action::Review | Action::Block => Fate::Blocked,
    }
}

/// An answer that is judged channel by channel, each as a whole.
struct Answered<'e> {
    engine: &'e Arc<Engine>,
    protected: ProtectedText,
    agreement: Agreement,
    channels: HashMap<Channel, String>,
    is_stream: bool,
    judging: Judging<'e>,
}

impl Answered<'_> {
    /// Reads an answer to its end; `None` when it is not one of its protocol.
    fn read(&mut self, surface: Surface, answer: &[u8]) -> Option<()> {
        let body = if self.is_stream && !answer.trim_ascii_start().starts_with(b"{") {
            let (mut relay, mut out) = (Relay::new(surface, RelayLimits::default()), BytesMut::new());
            relay.push(answer, self, &mut out).ok()?;
            if relay.end(self, &mut out).ok()? == Ended::Cut {
                return None;
            }
            return Some(());
        } else {
            Bytes::copy_from_slice(answer)
        };
        let limits = Limits { bytes: body.len(), ..Limits::default() };
        wire::answer(surface, body.clone(), &limits, self).ok()?;
        if self.agreement.has_schema() {
            for text in wire::said(surface, &body, &limits).ok()? {
                let judged = self.agreement.answer(self.engine, Some(&text));
                self.heed(&judged);
            }
        }
        Some(())
    }

    fn heed(&mut self, judged: &Judged) {
        if judged.fails_closed {
            self.judging.refuse("gateway_unavailable", judged.not_run.unwrap_or_default(), "on_error");
        }
        self.judging.decisions(&judged.decisions, None, false);
    }

    fn judge(&mut self, channel: &Channel, text: &str) {
        let stage = output::stage(channel.kind);
        let report = self.engine.look_at_output(text, &self.protected);
        let mut decisions = self.engine.decide(&report.findings, stage, None);
        decisions.retain(|decision| !self.engine.policy.lets_link(decision, text));
        for decision in decisions.iter_mut().filter(|decision| decision.action == Action::Mask) {
            let mode = guard::rule(decision.rule).and_then(|rule| self.engine.policy.stream_mode(rule, &[stage]));
            // Of a stream that nothing waits in, it would have left already.
            if self.is_stream && mode == Some(StreamMode::Observe) {
                decision.action = Action::Flag;
            }
        }
        self.judging.decisions(&decisions, None, false);
    }
}

impl Filter for Answered<'_> {
    type Stop = Infallible;

    fn call(&mut self, call: &ToolCall<'_>) -> Result<(), Infallible> {
        let judged = self.agreement.call(self.engine, call, &self.protected);
        self.heed(&judged);
        Ok(())
    }

    fn push(&mut self, channel: &Channel, text: &str) -> Result<Released, Infallible> {
        let so_far = self.channels.entry(*channel).or_default();
        so_far.push_str(text);
        Ok(Released { text: text.to_owned(), settled: so_far.len(), masked: Vec::new() })
    }

    fn finish(&mut self, channel: &Channel) -> Result<Released, Infallible> {
        let text = self.channels.remove(channel).unwrap_or_default();
        self.judge(channel, &text);
        Ok(Released { settled: text.len(), ..Released::default() })
    }

    fn whole<'t>(&mut self, channel: &Channel, text: &'t str) -> Result<Cow<'t, str>, Infallible> {
        self.judge(channel, text);
        Ok(Cow::Borrowed(text))
    }
}
