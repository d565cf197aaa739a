//! The output policy, as the [`wire::Filter`] that every text of an answer goes through.
//!
//! Each channel has a stream scanner of its own, which says what is settled; the policy says what becomes of a match:
//! pass, mask, turn back into the original, or stop.
//!
//! Invariants: no text leaves a channel that its scanner has not settled; what is masked never leaves, in no channel that
//! repeats it either, because a complete text gets the same verdict as its stream.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use guard::Finding;
use guard::leak::ProtectedText;
use guard::stream::{Piece, Step, StreamScanner};
use guard::watch::{RESTORE, Watch};
use wire::{Channel, Filter, Kind, Limits, Released, Surface, ToolCall};

use super::agreement::{Agreement, Judged};
use super::answers::Answers;
use super::engine::Engine;
use crate::data::pii::mask::Masker;
use crate::data::pii::pseudonym::Restores;
use crate::model::policy::config::{Action, Stage};
use crate::model::policy::verdict::{Decision, merged, worst};

/// Bytes of a token, as a rule, and of the longest: indentation, and rows of dashes.
const TOKEN_BYTES: u64 = 4;
const TOKEN_BYTES_MAX: u64 = 16;

/// Why an answer is stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// The policy blocks it.
    Blocked {
        /// Whose rule.
        policy: String,
        /// The rule's id.
        rule: &'static str,
        /// Its category.
        category: &'static str,
    },
    /// The policy wants a person to decide.
    Held {
        /// Whose rule.
        policy: String,
        /// The rule's id.
        rule: &'static str,
        /// Its category.
        category: &'static str,
    },
    /// A check that has to run could not.
    Unchecked,
    /// It has more tokens than were reserved for it.
    Exhausted,
}

/// The filter of one answer.
#[derive(Debug)]
pub struct OutputFilter {
    engine: Arc<Engine>,
    protected: Arc<ProtectedText>,
    watch: Arc<Watch>,
    restores: Restores,
    masker: Masker,
    channels: HashMap<Channel, StreamScanner>,
    /// How much of the answer came.
    pub(super) seen: Seen,
    /// Tokens of a stream at most.
    tokens_max: Option<u64>,
    /// What the answer is held to.
    pub(super) agreement: Agreement,
    /// Texts of the answer that wait to be held to their schema.
    answers: Answers,
    /// What was decided and not yet recorded.
    pub decisions: Vec<Decision>,
    /// Rules that did not run and were not yet recorded.
    pub not_run: Vec<&'static str>,
}

/// How much of an answer came.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Seen {
    /// Bytes of text, which are so many tokens at most.
    pub(super) bytes: u64,
    /// Pieces of a stream with text in them.
    pieces: u64,
    /// Bytes of these.
    streamed: u64,
}

impl Seen {
    /// Tokens of a stream at least: as many as it has pieces, unless something on the way cut them smaller than tokens are.
    pub(super) fn tokens_min(self) -> u64 {
        self.pieces.min(self.streamed / TOKEN_BYTES).max(self.streamed / TOKEN_BYTES_MAX)
    }
}

/// Stretches of a text that are replaced.
type Replaced = Vec<(Range<usize>, String)>;

impl OutputFilter {
    /// A filter that looks out for what the request brought along: the operator's prompt and the pseudonyms in it.
    pub fn new(engine: Arc<Engine>, protected: Arc<ProtectedText>, restores: Restores, masker: Masker) -> Self {
        let mut watch = Watch::default();
        protected.watch(&mut watch);
        for token in restores.tokens(engine.policy.config.restore) {
            watch.add(token, &RESTORE);
        }
        Self {
            engine,
            protected,
            watch: Arc::new(watch),
            restores,
            masker,
            channels: HashMap::new(),
            seen: Seen::default(),
            tokens_max: None,
            agreement: Agreement::default(),
            answers: Answers::default(),
            decisions: Vec::new(),
            not_run: Vec::new(),
        }
    }

    /// Holds the answer to what was agreed on.
    #[must_use]
    pub(super) fn agreed(mut self, agreement: Agreement) -> Self {
        self.agreement = agreement;
        self
    }

    /// Holds the texts of a plain answer, as the client would get them, to the schema that they were asked in.
    pub(super) fn hold_to_schema(&mut self, surface: Surface, body: &[u8]) -> Result<(), Stop> {
        let limits = Limits { bytes: body.len(), ..Limits::default() };
        let texts = wire::said(surface, body, &limits)
            .map_or_else(|_| vec![None], |texts| texts.into_iter().map(Some).collect::<Vec<_>>());
        texts.iter().try_for_each(|text| {
            let judged = self.agreement.answer(&self.engine, text.as_deref());
            self.heed(&judged)
        })
    }

    /// Takes over what was said of a call or an answer.
    fn heed(&mut self, judged: &Judged) -> Result<(), Stop> {
        self.not_run.extend(judged.not_run);
        if judged.fails_closed {
            return Err(Stop::Unchecked);
        }
        self.record(&judged.decisions)
    }

    /// Ends a stream with more than so many tokens.
    #[must_use]
    pub(super) fn ending_after(mut self, tokens_max: Option<u64>) -> Self {
        self.tokens_max = tokens_max;
        self
    }

    /// Lets pass what is left of an answer that is ending.
    pub(super) fn let_end(&mut self) {
        self.tokens_max = None;
    }

    /// Counts a piece of an answer, or stops it at what is too much.
    fn count(&mut self, kind: Kind, text: &str) -> Result<(), Stop> {
        if text.is_empty() || !matches!(kind, Kind::Text | Kind::Reasoning | Kind::Refusal) {
            return Ok(());
        }
        let Seen { bytes, pieces, streamed } = self.seen;
        let more = text.len() as u64;
        let seen = Seen { bytes: bytes + more, pieces: pieces + 1, streamed: streamed + more };
        if self.tokens_max.is_some_and(|max| seen.tokens_min() > max) {
            return Err(Stop::Exhausted);
        }
        self.seen = seen;
        Ok(())
    }

    fn scanner(&mut self, channel: &Channel) -> &mut StreamScanner {
        self.channels.entry(*channel).or_insert_with(|| {
            StreamScanner::new(self.engine.plan.clone(), self.watch.clone(), Some(self.protected.clone()))
        })
    }

    /// Carries out what the policy says about a step of a stream.
    fn carry_out(&mut self, channel: &Channel, step: Step) -> Result<Released, Stop> {
        let stage = stage(channel.kind);
        let mut released = Released { settled: step.settled, ..Released::default() };
        let mut observed = self.engine.decide(&step.observed, stage, None);
        for decision in observed.iter_mut().filter(|decision| decision.action == Action::Mask) {
            // It has left already.
            decision.action = Action::Flag;
        }
        self.record(&observed)?;
        for piece in step.pieces {
            match piece {
                Piece::Text(text) => released.text.push_str(&text),
                Piece::Match { findings, text, span } => {
                    let findings = moved(findings, span.start);
                    let replaced = self.judge(&text, &findings, stage)?;
                    let ranges = replaced.iter().map(|(range, _)| range.start + span.start..range.end + span.start);
                    released.masked.extend(ranges);
                    released.text.push_str(&replace(&text, &replaced));
                }
            }
        }
        Ok(released)
    }

    /// What of a text is replaced, by its findings.
    fn judge(&mut self, text: &str, findings: &[Finding], stage: Stage) -> Result<Replaced, Stop> {
        let decisions: Vec<Decision> = self
            .engine
            .decide(findings, stage, None)
            .into_iter()
            .filter(|decision| !self.engine.policy.lets_link(decision, text))
            // What masking put in on the way in is nobody's, whatever it looks like.
            .filter(|decision| self.restores.original(&text[decision.span.clone()]).is_none())
            .collect();
        self.record(&decisions)?;
        let masked = |(span, decision): (Range<usize>, &Decision)| {
            let replacement = decision.replacement(&self.masker, &text[span.clone()]);
            (span, replacement)
        };
        let mut replaced: Replaced = merged(&decisions).into_iter().map(masked).collect();
        for finding in findings.iter().filter(|finding| *finding.rule == RESTORE) {
            let free =
                replaced.iter().all(|(span, _)| span.end <= finding.span.start || finding.span.end <= span.start);
            if let (true, Some(original)) = (free, self.restores.original(&text[finding.span.clone()])) {
                replaced.push((finding.span.clone(), original.to_owned()));
            }
        }
        replaced.sort_by_key(|(span, _)| span.start);
        Ok(replaced)
    }

    /// Notes decisions, and stops the answer when one of them says so.
    fn record(&mut self, decisions: &[Decision]) -> Result<(), Stop> {
        self.decisions.extend_from_slice(decisions);
        let config = &self.engine.policy.config;
        let Some(worst) = worst(decisions).filter(|worst| worst.action >= Action::Review && !config.only_annotates())
        else {
            return Ok(());
        };
        let (policy, rule, category) = (config.name.clone(), worst.rule, worst.category);
        Err(match worst.action {
            Action::Review => Stop::Held { policy, rule, category },
            _ => Stop::Blocked { policy, rule, category },
        })
    }

    /// Pseudonyms in a complete text, as findings.
    fn tokens(&self, text: &str, findings: &mut Vec<Finding>) {
        if self.watch.is_empty() {
            return;
        }
        let evidence = guard::Evidence::Known;
        findings.extend(
            self.watch.find(text).into_iter().filter(|(_, rule)| **rule == RESTORE).map(|(span, rule)| Finding {
                rule,
                span,
                score: 1.0,
                evidence,
                view: Vec::new(),
            }),
        );
    }
}

impl Filter for OutputFilter {
    type Stop = Stop;

    fn call(&mut self, call: &ToolCall<'_>) -> Result<(), Stop> {
        let judged = self.agreement.call(&self.engine, call, &self.protected);
        self.heed(&judged)
    }

    fn push(&mut self, channel: &Channel, text: &str) -> Result<Released, Stop> {
        self.count(channel.kind, text)?;
        let step = self.scanner(channel).push(text);
        let released = self.carry_out(channel, step)?;
        if channel.kind == Kind::Text && self.agreement.has_schema() {
            return Ok(self.answers.keep(channel, released, self.engine.holds_answers));
        }
        Ok(released)
    }

    fn finish(&mut self, channel: &Channel) -> Result<Released, Stop> {
        let Some(mut scanner) = self.channels.remove(channel) else { return Ok(Released::default()) };
        let step = scanner.finish();
        let released = self.carry_out(channel, step)?;
        if channel.kind == Kind::Text && self.agreement.has_schema() {
            let (released, text) = self.answers.complete(channel, released, self.engine.holds_answers);
            let judged = self.agreement.answer(&self.engine, text.as_deref());
            self.heed(&judged)?;
            return Ok(released);
        }
        Ok(released)
    }

    fn whole<'t>(&mut self, channel: &Channel, text: &'t str) -> Result<Cow<'t, str>, Stop> {
        self.seen.bytes += text.len() as u64;
        let stage = stage(channel.kind);
        let report = self.engine.look_at_output(text, &self.protected);
        let failures = report.not_run.iter().filter(|not_run| not_run.is_failure());
        for not_run in failures {
            self.not_run.push(not_run.rule.id);
            if self.engine.policy.fails_closed(not_run.rule, stage, None) {
                return Err(Stop::Unchecked);
            }
        }
        let mut findings = report.findings;
        self.tokens(text, &mut findings);
        if findings.is_empty() {
            return Ok(Cow::Borrowed(text));
        }
        let replaced = self.judge(text, &findings, stage)?;
        Ok(if replaced.is_empty() { Cow::Borrowed(text) } else { Cow::Owned(replace(text, &replaced)) })
    }
}

/// Findings with their places counted from `start`.
fn moved(mut findings: Vec<Finding>, start: usize) -> Vec<Finding> {
    for finding in &mut findings {
        finding.span = finding.span.start - start..finding.span.end - start;
    }
    findings
}

fn replace(text: &str, replaced: &[(Range<usize>, String)]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for (span, with) in replaced {
        out.push_str(&text[at..span.start]);
        out.push_str(with);
        at = span.end;
    }
    out.push_str(&text[at..]);
    out
}

pub(super) fn stage(kind: Kind) -> Stage {
    match kind {
        Kind::ToolName | Kind::ToolArguments => Stage::ToolCall,
        _ => Stage::Output,
    }
}
