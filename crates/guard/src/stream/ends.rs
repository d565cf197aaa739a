//! The opening and the end of a stream, for rules that are judged when it is complete.
//!
//! Such rules ask how an answer opens and how it ends, so that is all that is kept of it.
//!
//! Invariant: what is judged depends on the text alone, not on how it was cut.

use crate::classifier::Source;
use crate::classifier::gram::BLOCK_BYTES;
use crate::finding::Finding;
use crate::scan::{Context, Scanner};

/// Bytes that are kept of each: more than a window.
const KEPT_BYTES: usize = 3 * BLOCK_BYTES;

/// What is kept.
#[derive(Debug, Default)]
pub(super) struct Ends {
    opening: String,
    tail: String,
    /// Whether something between the two was let go.
    has_gap: bool,
}

impl Ends {
    pub(super) fn push(&mut self, text: &str) {
        let room = text.floor_char_boundary(KEPT_BYTES.saturating_sub(self.opening.len()));
        // A character that does not fit ends the opening, wherever the stream was cut.
        let (opening, rest) = if self.tail.is_empty() { text.split_at(room) } else { ("", text) };
        self.opening.push_str(opening);
        self.tail.push_str(rest);
        if self.tail.len() > 4 * KEPT_BYTES {
            let keep = self.tail.floor_char_boundary(self.tail.len() - KEPT_BYTES);
            self.tail.drain(..keep);
            self.has_gap = true;
        }
    }

    /// What the rules say now that all of it came. Findings are told at the opening.
    pub(super) fn judge(&self, scanner: &Scanner) -> Vec<Finding> {
        let from = self.tail.floor_char_boundary(self.tail.len().saturating_sub(KEPT_BYTES));
        let gap = if self.has_gap || from > 0 { " " } else { "" };
        let text = [&self.opening, gap, &self.tail[from..]].concat();
        let context = Context { source: Source::Answer, ..Context::default() };
        let mut findings = scanner.scan(&text, &context).findings;
        for finding in &mut findings {
            finding.span = finding.span.start.min(self.opening.len())..finding.span.end.min(self.opening.len());
        }
        findings.retain(|finding| !finding.span.is_empty());
        findings
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classifier::RULES;

    fn judge(pieces: &[&str]) -> Vec<Finding> {
        let mut ends = Ends::default();
        pieces.iter().for_each(|piece| ends.push(piece));
        ends.judge(&Scanner::new(RULES.iter().copied().filter(|rule| rule.category.starts_with("refusal"))))
    }

    #[test]
    fn a_refusal_is_noticed_however_the_stream_is_cut() {
        let more = "Ask me something else, dear friénd. ".repeat(200);
        let text = format!("I'm sorry, but I cannot assist with that request. {more}");
        let whole = judge(&[&text]);
        assert!(whole.iter().any(|finding| finding.rule.category.starts_with("refusal")));
        for size in [1, 7, 64, 1_000] {
            let mut pieces = Vec::new();
            let mut rest = text.as_str();
            while !rest.is_empty() {
                let (piece, after) = rest.split_at(rest.ceil_char_boundary(size.min(rest.len())));
                pieces.push(piece);
                rest = after;
            }
            assert_eq!(judge(&pieces), whole, "{size}");
        }
    }

    #[test]
    fn an_empty_stream_is_no_refusal() {
        assert_eq!(judge(&[]), []);
    }
}
