//! The line of events on their way out. Order is kept: an event that must wait holds up those behind it.
//!
//! Invariants: an event leaves only when all it waits for is settled. The line is bounded: when too much stands in it,
//! what is not settled is treated as masked, so that nothing leaves undecided and nothing grows.

use std::collections::VecDeque;

use super::sheet::{Mark, Sheet, edits, settle};
use crate::json::{Json, Limits, Tree};
use crate::output::{Channel, Released};
use crate::sse::Event;

/// Events that may stand in line.
const EVENTS_MAX: usize = 64;
/// Bytes that may stand in line.
const BYTES_MAX: usize = 256 << 10;

/// The line, the bytes that left it, and what the client knows from them.
#[derive(Debug, Default)]
pub(crate) struct Line {
    waiting: VecDeque<(Event, Sheet)>,
    waiting_bytes: usize,
    tree: Tree,
    /// Bytes for the client.
    pub(crate) out: Vec<u8>,
    pub(crate) state: State,
}

/// What the client has seen so far.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) is_started: bool,
    pub(crate) is_done: bool,
    /// Choices that were begun, and whether they are finished.
    pub(crate) choices: Vec<(u32, bool)>,
    /// Content blocks that are open.
    pub(crate) blocks: Vec<u32>,
}

impl State {
    fn mark(&mut self, mark: Mark) {
        match mark {
            Mark::Started => self.is_started = true,
            Mark::Done => self.is_done = true,
            Mark::Spoke(choice) => *self.choice(choice) |= false,
            Mark::Finished(choice) => *self.choice(choice) = true,
            Mark::Opened(block) => self.blocks.push(block),
            Mark::Closed(block) => self.blocks.retain(|open| *open != block),
        }
    }

    fn choice(&mut self, choice: u32) -> &mut bool {
        let at = self.choices.iter().position(|(known, _)| *known == choice).unwrap_or_else(|| {
            self.choices.push((choice, false));
            self.choices.len() - 1
        });
        &mut self.choices[at].1
    }

    pub(crate) fn is_finished(&self, choice: u32) -> bool {
        self.choices.contains(&(choice, true))
    }
}

impl Line {
    /// Lets an event join. One that lost all it carried is dropped.
    pub(crate) fn join(&mut self, event: &Event, mut sheet: Sheet, json: Json<'_>) {
        if sheet.is_emptied && !sheet.carries {
            return;
        }
        if self.waiting.is_empty() && sheet.waits.is_empty() {
            event.write(&mut self.out, &mut edits(json, &sheet.changes));
            sheet.marks.drain(..).for_each(|mark| self.state.mark(mark));
            return;
        }
        self.queue(event.clone(), sheet);
    }

    /// Lets an event join that needs no changes.
    pub(crate) fn join_as_is(&mut self, event: Event, marks: &[Mark]) {
        if self.waiting.is_empty() {
            event.write(&mut self.out, &mut []);
            marks.iter().for_each(|mark| self.state.mark(*mark));
        } else {
            self.queue(event, Sheet { marks: marks.to_vec(), ..Sheet::default() });
        }
    }

    fn queue(&mut self, event: Event, sheet: Sheet) {
        self.waiting_bytes += event.len();
        self.waiting.push_back((event, sheet));
        if self.waiting.len() > EVENTS_MAX || self.waiting_bytes > BYTES_MAX {
            self.give_up_waiting();
        }
    }

    /// Notes what a filter decided, and lets go who waited only for that.
    pub(crate) fn settle(&mut self, channel: &Channel, released: &Released) {
        if self.waiting.is_empty() {
            return;
        }
        for (_, sheet) in &mut self.waiting {
            settle(&mut sheet.waits, channel, released);
        }
        self.advance();
    }

    /// Forgets what stands in line.
    pub(crate) fn discard(&mut self) {
        self.waiting.clear();
        self.waiting_bytes = 0;
    }

    /// Treats everything undecided as masked.
    pub(crate) fn give_up_waiting(&mut self) {
        for wait in self.waiting.iter_mut().flat_map(|(_, sheet)| &mut sheet.waits) {
            wait.is_masked |= !wait.is_settled;
            wait.is_settled = true;
        }
        self.advance();
    }

    fn advance(&mut self) {
        while self.waiting.front().is_some_and(|(_, sheet)| sheet.waits.iter().all(|wait| wait.is_settled)) {
            let Some((event, mut sheet)) = self.waiting.pop_front() else { return };
            self.waiting_bytes -= event.len();
            sheet.changes.extend(sheet.waits.iter().filter(|wait| wait.is_masked).map(|wait| wait.masked.clone()));
            self.write(&event, &sheet);
            sheet.marks.into_iter().for_each(|mark| self.state.mark(mark));
        }
    }

    fn write(&mut self, event: &Event, sheet: &Sheet) {
        if sheet.changes.is_empty() {
            return event.write(&mut self.out, &mut []);
        }
        // It was parsed before, so this cannot fail; if it did, nothing would be written.
        let Ok(data) = event.data() else { return };
        if self.tree.parse(data, &Limits::default()).is_ok() {
            event.write(&mut self.out, &mut edits(self.tree.on(data), &sheet.changes));
        }
    }
}
