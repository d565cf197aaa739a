//! Text that was cut into parts: a model reads the parts of a message as one, so they are judged as one too.
//!
//! Each part is judged by itself first; this finds what only shows across a seam. Parts are joined twice: with nothing
//! between them, where a credential was cut, and with a line break, where a sentence was.

use std::ops::Range;

use wire::{Provenance, Request};

/// Parts of one message by one author.
pub(super) type Run = Range<usize>;

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
                runs.push(from..at);
            }
            from = at;
        }
    }
    runs
}

/// The parts of a run as one text, with the place of each part in it.
pub(super) struct Joined {
    /// The text.
    pub(super) text: String,
    parts: Vec<(usize, Range<usize>)>,
}

impl Joined {
    /// Joins the parts with `seam` between them.
    pub(super) fn new(request: &Request, run: Run, seam: &str) -> Self {
        let mut text = String::new();
        let mut parts = Vec::with_capacity(run.len());
        for index in run {
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
