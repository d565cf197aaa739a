//! Text that was cut into parts: a model reads the parts of a message as one, so they are judged as one too; and where a policy
//! says so, the latest messages of one author.
//!
//! Each part is judged by itself first; this finds what only shows across a seam. Parts are joined twice: with nothing
//! between them, where a credential was cut, and with a line break, where a sentence was.

use std::ops::Range;

use wire::{Provenance, Request, Segment};

/// Longer texts of several turns are read from their end.
const TURNS_BYTES: usize = 16 << 10;

/// Segments that belong together, in order.
pub(super) type Run = Vec<usize>;

/// The runs of two and more parts among a request's segments. Definitions of tools are fields, not parts of a text.
pub(super) fn runs(request: &Request) -> Vec<Run> {
    let segments = request.segments();
    let mut runs = Vec::new();
    let mut from = 0;
    for at in 1..=segments.len() {
        let same = at < segments.len()
            && segments[at].turn == segments[from].turn
            && segments[at].provenance == segments[from].provenance;
        if !same {
            if at - from > 1 && segments[from].provenance != Provenance::ToolDefinition {
                runs.push((from..at).collect());
            }
            from = at;
        }
    }
    runs
}

/// The latest `turns` messages of each author who has something in the newest turn, but the operator's.
pub(super) fn runs_over_turns(request: &Request, turns: u32) -> Vec<Run> {
    let by = |author: Provenance| -> Run {
        let (mut run, mut seen, mut bytes) = (Vec::new(), Vec::new(), 0);
        let of_author = |(_, segment): &(usize, &Segment)| segment.provenance == author && segment.turn.is_some();
        for (index, segment) in request.segments().iter().enumerate().rev().filter(of_author) {
            if !seen.contains(&segment.turn) {
                seen.push(segment.turn);
            }
            bytes += request.text(index).len();
            if seen.len() > turns as usize || (bytes > TURNS_BYTES && !run.is_empty()) {
                break;
            }
            run.push(index);
        }
        run.reverse();
        run
    };
    let is_over_turns = |run: &Run| match (run.first(), run.last()) {
        (Some(first), Some(last)) => {
            let segments = request.segments();
            segments[*first].turn != segments[*last].turn && segments[*last].is_latest_turn
        }
        _ => false,
    };
    [Provenance::User, Provenance::ToolResult, Provenance::Retrieved]
        .into_iter()
        .map(by)
        .filter(is_over_turns)
        .collect()
}

/// The parts of a run as one text, with the place of each part in it.
pub(super) struct Joined {
    /// The text.
    pub(super) text: String,
    parts: Vec<(usize, Range<usize>)>,
}

impl Joined {
    /// Joins the parts with `seam` between them.
    pub(super) fn new(request: &Request, run: &[usize], seam: &str) -> Self {
        let mut text = String::new();
        let mut parts = Vec::with_capacity(run.len());
        for &index in run {
            if !text.is_empty() {
                text.push_str(seam);
            }
            let start = text.len();
            text.push_str(request.text(index));
            parts.push((index, start..text.len()));
        }
        Self { text, parts }
    }

    /// The parts that a span touches, with the span within each; empty when it lies in a single one.
    pub(super) fn across(&self, span: &Range<usize>) -> Vec<(usize, Range<usize>)> {
        let touched: Vec<_> = self
            .parts
            .iter()
            .filter(|(_, part)| part.start < span.end && span.start < part.end)
            .map(|(index, part)| {
                let start = span.start.max(part.start) - part.start;
                let end = span.end.min(part.end) - part.start;
                (*index, start..end)
            })
            .collect();
        if touched.len() > 1 { touched } else { Vec::new() }
    }
}
