//! The stream engine: text goes in as it comes, and comes out as soon as it is settled.
//!
//! A place in a stream is settled when no text from there on can become a match of a rule that holds. So what is held
//! back is exactly the live prefix of a pattern: nothing after an ordinary word, `ghp_` and what follows it until it is a
//! token or cannot be one any more. Matches come out whole, and what becomes of them is the caller's policy.
//!
//! ```
//! use guard::stream::{Hold, Piece, Plan, StreamScanner};
//! use guard::watch::{RESTORE, Watch};
//! use std::sync::Arc;
//!
//! let plan = Arc::new(Plan::new(std::iter::empty()));
//! let mut watch = Watch::default();
//! watch.add("EMAIL_ABC", &RESTORE);
//! let mut scanner = StreamScanner::new(plan, Arc::new(watch), None);
//! assert_eq!(scanner.push("Write to EMAI").settled, 9);
//! let step = scanner.push("L_ABC, please");
//! assert!(matches!(&step.pieces[0], Piece::Match { text, .. } if text == "EMAIL_ABC"));
//! ```
//!
//! Invariants: the pieces of all steps, put together, are the text, and their matches those of a scan of the whole text,
//! however it was cut; a match never comes out in parts; no more is held than twice the longest match of a rule that
//! holds, unless the plan buffers.

mod ends;
mod frontier;
mod live;
#[cfg(test)]
mod tests;

use std::ops::Range;
use std::sync::Arc;

use crate::classifier::{Model, Source};
use crate::finding::Finding;
use crate::leak::{Containment, ProtectedText};
use crate::rule::{Matcher, Protected, Rule, StreamClass};
use crate::scan::exact::ExactSet;
use crate::scan::{Context, Scanner};
use crate::watch::Watch;
use ends::Ends;
use frontier::{Frontier, Settled};
use live::Live;

/// Windowed rules look at the stream in windows that begin every so many bytes.
const STEP_BYTES: usize = 1_024;
/// A window overlaps the one before it by so much.
const OVERLAP_BYTES: usize = 512;

/// How a stream treats a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// Text waits while it may still become a match. A windowed rule makes all text wait for the end.
    Hold,
    /// All text waits for the end.
    Buffer,
    /// Nothing waits.
    Observe,
}

/// Rules sorted by how a stream treats them, compiled once for all streams.
#[derive(Debug)]
pub struct Plan {
    held: (ExactSet, Live),
    observed: (ExactSet, Live),
    windowed: Scanner,
    has_windowed: bool,
    /// Rules that are judged when the text is complete.
    last: Scanner,
    has_last: bool,
    shingles: Option<&'static Rule>,
    buffers: bool,
    whole: Scanner,
}

/// One channel's scanner.
#[derive(Debug)]
pub struct StreamScanner {
    plan: Arc<Plan>,
    watch: Arc<Watch>,
    protected: Option<Arc<ProtectedText>>,
    held: Frontier,
    observed: Frontier,
    containment: Option<Containment>,
    window: Window,
    ends: Ends,
    /// All text, when the plan buffers.
    buffer: String,
}

/// What a push settled.
#[derive(Debug, Default)]
pub struct Step {
    /// In order.
    pub pieces: Vec<Piece>,
    /// Findings of rules that only observe, as places in the stream.
    pub observed: Vec<Finding>,
    /// Bytes of the stream that are settled.
    pub settled: usize,
}

/// A settled stretch of a stream.
#[derive(Debug, PartialEq)]
pub enum Piece {
    /// Nothing in it.
    Text(String),
    /// Findings that overlap, and the text from the first one's beginning to the last one's end.
    Match {
        /// Leftmost first, then longest, then by rule. Their spans are places in the stream.
        findings: Vec<Finding>,
        /// The text.
        text: String,
        /// Where it stands in the stream.
        span: Range<usize>,
    },
}

/// The end of the stream that windowed rules look at.
#[derive(Debug, Default)]
struct Window {
    text: String,
    gone: usize,
    /// Findings before this place were reported.
    seen: usize,
}

impl Plan {
    /// Sorts rules by how they are treated.
    pub fn new(rules: impl IntoIterator<Item = (&'static Rule, Hold)>) -> Self {
        let rules: Vec<(&'static Rule, Hold)> = rules.into_iter().collect();
        let class = |rule: &Rule| matches!(rule.stream_class(), StreamClass::Exact { .. });
        let exact = |hold: fn(Hold) -> bool| -> Vec<&'static Rule> {
            rules.iter().filter(|(rule, how)| class(rule) && hold(*how)).map(|(rule, _)| *rule).collect()
        };
        let (held, observed) = (exact(|hold| hold != Hold::Observe), exact(|hold| hold == Hold::Observe));
        let windowed: Vec<&'static Rule> = rules
            .iter()
            .map(|(rule, _)| *rule)
            .filter(|rule| {
                matches!(
                    rule.matcher,
                    Matcher::Phrase(_) | Matcher::Learned(_) | Matcher::Entity(_) | Matcher::Value(_)
                )
            })
            .filter(|rule| rule.stream_class() != StreamClass::Final)
            .collect();
        let last: Vec<&'static Rule> =
            rules.iter().map(|(rule, _)| *rule).filter(|rule| rule.stream_class() == StreamClass::Final).collect();
        let is_shingles = |rule: &&Rule| matches!(rule.matcher, Matcher::Protected(Protected::Shingles));
        Self {
            held: (ExactSet::new(held.iter().copied()), Live::new(&held)),
            observed: (ExactSet::new(observed.iter().copied()), Live::new(&observed)),
            has_windowed: !windowed.is_empty(),
            windowed: Scanner::new(windowed),
            has_last: !last.is_empty(),
            last: Scanner::new(last),
            shingles: rules.iter().map(|(rule, _)| *rule).find(is_shingles),
            buffers: rules.iter().any(|(rule, hold)| *hold == Hold::Buffer || (*hold == Hold::Hold && !class(rule))),
            whole: Scanner::new(rules.iter().map(|(rule, _)| *rule)),
        }
    }

    /// The same plan, learned rules judged by this model.
    pub fn with_model(mut self, model: &Arc<Model>) -> Self {
        self.windowed = self.windowed.with_model(model.clone());
        self.last = self.last.with_model(model.clone());
        self.whole = self.whole.with_model(model.clone());
        self
    }

    /// Whether all text waits for the end.
    pub fn buffers(&self) -> bool {
        self.buffers
    }
}

impl StreamScanner {
    /// A scanner for one channel.
    pub fn new(plan: Arc<Plan>, watch: Arc<Watch>, protected: Option<Arc<ProtectedText>>) -> Self {
        let containment = plan.shingles.and(protected.as_ref()).map(|protected| protected.containment());
        Self {
            plan,
            watch,
            protected,
            held: Frontier::default(),
            observed: Frontier::default(),
            containment,
            window: Window::default(),
            ends: Ends::default(),
            buffer: String::new(),
        }
    }

    /// Takes the next text.
    pub fn push(&mut self, text: &str) -> Step {
        if self.plan.buffers {
            self.buffer.push_str(text);
            return Step::default();
        }
        self.step(text, false)
    }

    /// Ends the stream: everything is settled.
    pub fn finish(&mut self) -> Step {
        if self.plan.buffers {
            return self.judge_buffer();
        }
        self.step("", true)
    }

    fn step(&mut self, text: &str, last: bool) -> Step {
        let plan = &self.plan;
        let settled = self.held.advance(text, last, (&plan.held.0, &plan.held.1), &self.watch);
        let mut step = Step { settled: settled.start + settled.text.len(), ..Step::default() };
        step.pieces = pieces(settled);
        if !plan.observed.0.is_empty() {
            let settled = self.observed.advance(text, last, (&plan.observed.0, &plan.observed.1), &Watch::default());
            step.observed = settled.findings;
        }
        if plan.has_windowed {
            self.window.look(text, last, &plan.windowed, &mut step.observed);
        }
        if plan.has_last {
            self.ends.push(text);
            if last {
                step.observed.extend(self.ends.judge(&plan.last));
            }
        }
        if let (Some(rule), Some(containment)) = (plan.shingles, &mut self.containment) {
            step.observed.extend(containment.push(text, last, rule));
        }
        step
    }

    /// All of the text at once.
    fn judge_buffer(&mut self) -> Step {
        let text = std::mem::take(&mut self.buffer);
        let context = Context { protected: self.protected.as_deref(), source: Source::Answer };
        let mut findings = self.plan.whole.scan(&text, &context).findings;
        let mut watched = Vec::new();
        self.watch.scan(&text, 0, &mut watched);
        findings.extend(watched.into_iter().map(|found| found.finding));
        crate::scan::sort(&mut findings);
        let settled = text.len();
        Step { pieces: pieces(Settled { text, start: 0, findings }), observed: Vec::new(), settled }
    }
}

impl Window {
    /// Looks at each window that is complete. Windows begin at fixed places, however the stream is cut.
    fn look(&mut self, next: &str, last: bool, scanner: &Scanner, found: &mut Vec<Finding>) {
        self.text.push_str(next);
        while self.text.len() >= STEP_BYTES + OVERLAP_BYTES {
            self.report(boundary(&self.text, STEP_BYTES + OVERLAP_BYTES), scanner, found);
            let keep = boundary(&self.text, STEP_BYTES);
            self.text.drain(..keep);
            self.gone += keep;
        }
        if last && !self.text.is_empty() {
            self.report(self.text.len(), scanner, found);
        }
    }

    fn report(&mut self, end: usize, scanner: &Scanner, found: &mut Vec<Finding>) {
        for finding in
            scanner.scan(&self.text[..end], &Context { source: Source::Answer, ..Context::default() }).findings
        {
            let span = self.gone + finding.span.start..self.gone + finding.span.end;
            if span.start >= self.seen {
                self.seen = span.start + 1;
                found.push(Finding { span, ..finding });
            }
        }
    }
}

/// The character boundary at or after `at`.
fn boundary(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at += 1;
    }
    at
}

/// Cuts settled text into what has something in it and what has not.
fn pieces(settled: Settled) -> Vec<Piece> {
    let Settled { text, start, findings } = settled;
    let mut pieces = Vec::new();
    let mut at = 0;
    let mut findings = findings.into_iter().peekable();
    while let Some(first) = findings.next() {
        let mut span = first.span.clone();
        let mut overlapping = vec![first];
        while let Some(next) = findings.next_if(|next| next.span.start < span.end) {
            span.end = span.end.max(next.span.end);
            overlapping.push(next);
        }
        let (from, to) = (span.start - start, span.end - start);
        if from > at {
            pieces.push(Piece::Text(text[at..from].to_owned()));
        }
        pieces.push(Piece::Match { findings: overlapping, text: text[from..to].to_owned(), span });
        at = to;
    }
    if at < text.len() {
        pieces.push(Piece::Text(text[at..].to_owned()));
    }
    pieces
}
