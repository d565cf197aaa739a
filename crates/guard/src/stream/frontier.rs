//! One line between what is settled and what is not, moving through a stream.

use super::live::Live;
use crate::finding::Finding;
use crate::rule::CONTEXT_BYTES;
use crate::scan::exact::{ExactSet, Found, floor};
use crate::scan::sort;
use crate::watch::Watch;

/// The unsettled end of a stream, with the context before it.
#[derive(Debug, Default)]
pub(super) struct Frontier {
    /// Settled context, then everything unsettled.
    text: String,
    /// Where the unsettled part begins in `text`.
    open: usize,
    /// Bytes of the stream before `text`.
    gone: usize,
}

/// Text that is settled, in order.
#[derive(Debug, PartialEq)]
pub(super) struct Settled {
    /// The text.
    pub(super) text: String,
    /// Where it begins in the stream.
    pub(super) start: usize,
    /// What lies in it, as places in the stream: complete, none of it straddles the end.
    pub(super) findings: Vec<Finding>,
}

impl Frontier {
    /// Takes the next text, and says what is settled by it. `last` settles everything.
    pub(super) fn advance(&mut self, next: &str, last: bool, rules: (&ExactSet, &Live), watch: &Watch) -> Settled {
        self.text.push_str(next);
        let (exact, live) = rules;
        let hold = if last {
            self.text.len()
        } else {
            live.hold_point(&self.text, self.open).min(watch.hold_point(&self.text, self.open))
        };
        // Not within a character: pieces are text.
        let hold = floor(&self.text, hold);
        let mut found = Vec::new();
        if hold > self.open {
            exact.scan(&self.text, self.open, &mut found);
            watch.scan(&self.text, self.open, &mut found);
        }
        let hold = before_straddling(&mut found, hold);
        let mut findings: Vec<Finding> =
            found.into_iter().filter(|found| found.matched.start < hold).map(|found| found.finding).collect();
        sort(&mut findings);
        self.settle(hold, findings)
    }

    fn settle(&mut self, hold: usize, mut findings: Vec<Finding>) -> Settled {
        for finding in &mut findings {
            finding.span = self.gone + finding.span.start..self.gone + finding.span.end;
        }
        let settled = Settled { text: self.text[self.open..hold].to_owned(), start: self.gone + self.open, findings };
        self.open = hold;
        let context = floor(&self.text, hold.saturating_sub(CONTEXT_BYTES + 4));
        // Moving the rest costs as much as the rest: only when there is something to drop.
        if context > 4 * CONTEXT_BYTES {
            self.text.drain(..context);
            self.open -= context;
            self.gone += context;
        }
        settled
    }
}

/// The hold point, moved before every match that straddles it.
fn before_straddling(found: &mut [Found], mut hold: usize) -> usize {
    // By their ends, last first: whatever straddles a point that was moved back ends no later than what moved it there.
    found.sort_by_key(|found| std::cmp::Reverse(found.matched.end));
    for found in found {
        if found.matched.start < hold && hold < found.matched.end {
            hold = found.matched.start;
        }
    }
    hold
}
