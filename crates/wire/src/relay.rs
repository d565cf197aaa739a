//! A provider's stream on its way to the client, event by event, through a filter.
//!
//! Text is *shifted*: an event carries whatever the filter lets go at that moment, and one with nothing left in it is
//! dropped. Everything else that is text is *framed*: the event waits until the filter has decided. Tool calls are held
//! until they are complete. Events that are not changed leave byte for byte.
//!
//! Not done: pieces of one tool call are joined on the first piece's form; unknown fields of later pieces are dropped.
//!
//! Invariants: order is kept; nothing leaves undecided; memory is bounded by the limits; how the bytes were cut changes
//! nothing; after the end of an answer nothing follows.

mod chat;
mod ending;
mod facts;
pub(crate) mod gate;
mod line;
mod messages;
mod responses;
mod sheet;

use bytes::BytesMut;

pub use ending::Ending;

pub(crate) use self::facts::read_usage;
pub(crate) use self::sheet::{Change, What, edits};

use self::facts::Facts;
use self::gate::Gate;
use self::sheet::{Mark, Sheet};
use crate::error::ParseError;
use crate::json::{Json, Limits, Tree};
use crate::output::{AnswerError, Filter, RelayError, Usage};
use crate::say::{self, Found, Say};
use crate::sse::{Event, Parser};
use crate::surface::{Dialect, Surface};

/// How much of a stream is accepted and held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RelayLimits {
    /// Bytes of one event, 4 MiB by default.
    pub event_bytes: usize,
    /// Bytes of tool calls that are held at one time, 4 MiB by default.
    pub held_bytes: usize,
}

impl Default for RelayLimits {
    fn default() -> Self {
        Self { event_bytes: 4 << 20, held_bytes: 4 << 20 }
    }
}

/// Channels that one stream may have open.
const CHANNELS_MAX: usize = 4096;

/// How a stream ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// As the protocol wants it.
    Complete,
    /// In the middle. Clients do not notice by themselves: see [`Relay::fail`].
    Cut,
}

/// Carries one stream.
#[derive(Debug)]
pub struct Relay {
    surface: Surface,
    limits: RelayLimits,
    parser: Parser,
    tree: Tree,
    found: Vec<Found>,
    gate: Gate,
    facts: Facts,
    calls: chat::Calls,
    blocks: messages::Blocks,
    items: responses::Items,
    hides_usage: bool,
}

impl Relay {
    /// A relay for the streams of a surface.
    pub fn new(surface: Surface, limits: RelayLimits) -> Self {
        Self {
            surface,
            limits,
            parser: Parser::new(limits.event_bytes),
            tree: Tree::default(),
            found: Vec::new(),
            gate: Gate::default(),
            facts: Facts::default(),
            calls: chat::Calls::default(),
            blocks: messages::Blocks::default(),
            items: responses::Items::default(),
            hides_usage: false,
        }
    }

    /// Keeps the count of tokens from a client that did not ask for it.
    #[must_use]
    pub fn hiding_usage(mut self, hides: bool) -> Self {
        self.hides_usage = hides;
        self
    }

    /// Takes bytes of the provider and appends what may leave. On an error, what was appended before it may still leave;
    /// then end the stream with [`Relay::block`] or [`Relay::fail`].
    ///
    /// # Errors
    /// When the filter stops the answer or the stream cannot be read.
    pub fn push<F: Filter>(
        &mut self,
        bytes: &[u8],
        filter: &mut F,
        out: &mut BytesMut,
    ) -> Result<(), RelayError<F::Stop>> {
        self.parser.push(bytes);
        let done = self.drain(filter, false);
        self.hand_over(out);
        done
    }

    /// Ends the stream: the provider sends no more. Text that is held is decided and appended.
    ///
    /// # Errors
    /// Like [`Relay::push`].
    pub fn end<F: Filter>(&mut self, filter: &mut F, out: &mut BytesMut) -> Result<Ended, RelayError<F::Stop>> {
        let done = self.drain(filter, true).and_then(|()| self.finish_all(filter).map_err(AnswerError::Stopped));
        self.gate.line.give_up_waiting();
        self.hand_over(out);
        done.map(|()| if self.is_complete() { Ended::Complete } else { Ended::Cut })
    }

    /// What the answer cost so far, when the provider has said.
    pub fn usage(&self) -> Option<Usage> {
        self.facts.usage
    }

    /// Says whether the client has the end of the answer.
    pub fn is_complete(&self) -> bool {
        let state = &self.gate.line.state;
        let choices = &state.choices;
        state.is_done
            || self.surface.dialect() == Dialect::OpenAi
                && !choices.is_empty()
                && choices.iter().all(|(_, is_finished)| *is_finished)
    }

    /// Says whether the last event of the protocol has left: nothing of use can follow.
    pub fn is_over(&self) -> bool {
        self.gate.line.state.is_done
    }

    /// Ends the answer because of a policy, the way the client's SDK understands. What is held is forgotten. `message`
    /// goes where the protocol has room for one; it must not quote the text that was blocked.
    pub fn block(&mut self, out: &mut BytesMut, style: Ending, message: &str) {
        self.gate.line.discard();
        let bytes = ending::block(self.surface, &self.gate.line.state, &self.facts, style, message);
        self.close(&bytes, out);
    }

    /// Ends the answer because it may not be longer, as the provider would: what is held is decided and leaves first.
    ///
    /// # Errors
    /// When the filter stops the answer.
    pub fn exhaust<F: Filter>(&mut self, filter: &mut F, out: &mut BytesMut) -> Result<(), F::Stop> {
        self.finish_all(filter)?;
        self.gate.line.give_up_waiting();
        self.hand_over(out);
        let bytes = ending::exhaust(self.surface, &self.gate.line.state, &self.facts);
        self.close(&bytes, out);
        Ok(())
    }

    /// Ends the answer because the provider failed in the middle of it.
    pub fn fail(&mut self, out: &mut BytesMut, message: &str) {
        self.gate.line.discard();
        let bytes = ending::fail(self.surface, &self.gate.line.state, &self.facts, message);
        self.close(&bytes, out);
    }

    fn close(&mut self, bytes: &[u8], out: &mut BytesMut) {
        out.extend_from_slice(bytes);
        self.gate.line.state.is_done = true;
    }

    fn hand_over(&mut self, out: &mut BytesMut) {
        out.extend_from_slice(&self.gate.line.out);
        self.gate.line.out.clear();
    }

    fn drain<F: Filter>(&mut self, filter: &mut F, at_end: bool) -> Result<(), RelayError<F::Stop>> {
        while let Some(event) = self.parser.next(at_end)? {
            if !self.gate.line.state.is_done {
                self.event(event, filter)?;
            }
        }
        Ok(())
    }

    fn event<F: Filter>(&mut self, event: Event, filter: &mut F) -> Result<(), RelayError<F::Stop>> {
        let data = event.data()?;
        if data.is_empty() {
            self.gate.line.join_as_is(event, &[]);
            return Ok(());
        }
        if data.trim() == "[DONE]" {
            self.finish_all(filter).map_err(AnswerError::Stopped)?;
            self.gate.line.give_up_waiting();
            self.gate.line.join_as_is(event, &[Mark::Done]);
            return Ok(());
        }
        let mut tree = std::mem::take(&mut self.tree);
        let parsed = tree.parse(data, &self.json_limits());
        let done = match parsed {
            Ok(()) => self.dispatch(&event, tree.on(data), filter),
            Err(error) => Err(error.into()),
        };
        self.tree = tree;
        done.and_then(|()| Ok(self.gate.is_within(CHANNELS_MAX)?))
    }

    fn dispatch<F: Filter>(
        &mut self,
        event: &Event,
        json: Json<'_>,
        filter: &mut F,
    ) -> Result<(), RelayError<F::Stop>> {
        self.facts.observe(json, filter).map_err(AnswerError::Stopped)?;
        match self.surface {
            Surface::Messages => self.messages_event(event, json, filter),
            Surface::Responses => self.responses_event(event, json, filter),
            _ => self.chat_event(event, json, filter),
        }
    }

    /// Takes every leaf of an event through the filter, except the pieces of tool calls.
    fn scan<F: Filter>(
        &mut self,
        json: Json<'_>,
        filter: &mut F,
        sheet: &mut Sheet,
    ) -> Result<(), RelayError<F::Stop>> {
        self.found.clear();
        say::walk(json, say::stream(self.surface), &mut self.found);
        for found in &self.found {
            if found.say != Say::Calls {
                self.gate.pass(json, found, filter, sheet).map_err(AnswerError::Stopped)?;
            }
        }
        Ok(())
    }

    /// Ends every channel and lets everything out that was held.
    fn finish_all<F: Filter>(&mut self, filter: &mut F) -> Result<(), F::Stop> {
        let mut sheet = Sheet::default();
        for (open, text) in self.gate.finish(filter, &mut sheet, |_| true)? {
            let event = match self.surface {
                Surface::Messages => messages::text_event(&open, &text),
                Surface::Responses => self.facts.text_event(&open, &text),
                _ => chat::text_event(self.surface, &self.facts, &open, &text),
            };
            self.gate.line.join_as_is(event, &[]);
        }
        if self.surface.dialect() == Dialect::OpenAi && self.surface != Surface::Responses {
            self.send_calls(None, filter)?;
        }
        Ok(())
    }

    fn json_limits(&self) -> Limits {
        Limits { bytes: self.limits.event_bytes, ..Limits::default() }
    }

    fn held_too_much(&self) -> Result<(), ParseError> {
        let held = self.calls.bytes() + self.blocks.bytes() + self.items.bytes();
        if held > self.limits.held_bytes { Err(ParseError::at_root(crate::error::Reason::TooLarge)) } else { Ok(()) }
    }
}
