//! Events of Anthropic messages.
//!
//! Invariant: a tool use leaves as start, one delta and stop, complete and inspected.

use super::Relay;
use super::gate::Open;
use super::sheet::{Mark, Sheet};
use crate::call::{self, ToolCall};
use crate::json::{Json, Kind as JsonKind, Limits, Tree};
use crate::output::{AnswerError, Filter, Kind, RelayError};
use crate::sse::Event;

/// The blocks that are under way and held: tool uses, and whatever else grows by pieces of JSON.
#[derive(Debug, Default)]
pub(crate) struct Blocks(Vec<Held>);

#[derive(Debug)]
struct Held {
    index: u32,
    /// Its start has left already.
    is_opened: bool,
    /// The start, and whatever else came for the block.
    events: Vec<Event>,
    input: String,
}

impl Blocks {
    /// Bytes held.
    pub(crate) fn bytes(&self) -> usize {
        self.0.iter().map(|held| held.input.len() + held.events.iter().map(Event::len).sum::<usize>()).sum()
    }
}

impl Held {
    /// Shows the call to the filter: what its pieces say, or what came with its start. Pieces without a start are a call
    /// without a name.
    fn show<F: Filter>(&self, limits: &Limits, filter: &mut F) -> Result<(), RelayError<F::Stop>> {
        let mut tree = Tree::default();
        let mut data = "";
        if let Some(start) = self.events.first().filter(|_| !self.is_opened) {
            data = start.data()?;
            tree.parse(data, limits)?;
        }
        let nameless = ToolCall { name: "", input: None, runs_at_provider: false };
        let json = tree.on(data);
        let block = (!data.is_empty()).then(|| json.find(Json::ROOT, "content_block")).flatten();
        let mut call = block.and_then(|block| call::of_block(json, block)).unwrap_or(nameless);
        if !self.input.is_empty() {
            call.input = Some(&self.input);
        }
        filter.call(&call).map_err(AnswerError::Stopped)
    }
}

impl Relay {
    pub(super) fn messages_event<F: Filter>(
        &mut self,
        event: &Event,
        json: Json<'_>,
        filter: &mut F,
    ) -> Result<(), RelayError<F::Stop>> {
        let index = json.find_index(Json::ROOT, "index").unwrap_or(0);
        match json.find_str(Json::ROOT, "type").unwrap_or_default() {
            "content_block_start" if is_tool_use(json) => {
                self.release_block(index, filter)?;
                self.blocks.0.push(Held { index, is_opened: false, events: vec![event.clone()], input: String::new() });
                Ok(self.held_too_much()?)
            }
            "content_block_start" => self.forward(event, json, filter, &[Mark::Opened(index)]),
            // Pieces of JSON wait for their end, whatever event and block they come in.
            "content_block_delta" | "" if self.hold(index, event, json) => Ok(self.held_too_much()?),
            "content_block_delta" => {
                if json.find_path(Json::ROOT, &["delta", "signature"]).is_some() {
                    self.finish_block(index, filter)?;
                }
                self.forward(event, json, filter, &[])
            }
            "content_block_stop" => {
                self.release_block(index, filter)?;
                self.finish_block(index, filter)?;
                self.forward(event, json, filter, &[Mark::Closed(index)])
            }
            "message_start" => {
                call::show(self.surface, json, filter).map_err(AnswerError::Stopped)?;
                self.forward(event, json, filter, &[Mark::Started])
            }
            "message_delta" => {
                self.release_blocks(filter)?;
                self.finish_all(filter).map_err(AnswerError::Stopped)?;
                self.forward(event, json, filter, &[Mark::Finished(0)])
            }
            "message_stop" => {
                self.release_blocks(filter)?;
                self.finish_all(filter).map_err(AnswerError::Stopped)?;
                self.gate.line.give_up_waiting();
                self.forward(event, json, filter, &[Mark::Done])
            }
            "error" => self.forward(event, json, filter, &[Mark::Done]),
            _ => self.forward(event, json, filter, &[]),
        }
    }

    fn forward<F: Filter>(
        &mut self,
        event: &Event,
        json: Json<'_>,
        filter: &mut F,
        marks: &[Mark],
    ) -> Result<(), RelayError<F::Stop>> {
        let mut sheet = Sheet { marks: marks.to_vec(), carries: !marks.is_empty(), ..Sheet::default() };
        self.scan(json, filter, &mut sheet)?;
        self.gate.line.join(event, sheet, json);
        Ok(())
    }

    /// Holds an event of a block that is held, and every piece of JSON; says whether it did.
    fn hold(&mut self, index: u32, event: &Event, json: Json<'_>) -> bool {
        let piece = json.find_path(Json::ROOT, &["delta", "partial_json"]);
        let piece = piece.filter(|id| json.kind(*id) == JsonKind::String).map(|id| json.str(id));
        let known = self.blocks.0.iter().position(|held| held.index == index);
        let at = match (known, piece) {
            (Some(at), _) => at,
            (None, None) => return false,
            (None, Some(_)) => {
                self.blocks.0.push(Held { index, is_opened: true, events: Vec::new(), input: String::new() });
                self.blocks.0.len() - 1
            }
        };
        match piece {
            Some(piece) => self.blocks.0[at].input.push_str(piece),
            None => self.blocks.0[at].events.push(event.clone()),
        }
        true
    }

    /// Lets all blocks go that are held.
    fn release_blocks<F: Filter>(&mut self, filter: &mut F) -> Result<(), RelayError<F::Stop>> {
        while let Some(index) = self.blocks.0.first().map(|held| held.index) {
            self.release_block(index, filter)?;
        }
        Ok(())
    }

    /// Lets a block go that is held.
    fn release_block<F: Filter>(&mut self, index: u32, filter: &mut F) -> Result<(), RelayError<F::Stop>> {
        let Some(at) = self.blocks.0.iter().position(|held| held.index == index) else { return Ok(()) };
        let mut held = self.blocks.0.remove(at);
        held.show(&self.json_limits(), filter)?;
        if !held.input.is_empty() {
            let delta = serde_json::json!({"type": "input_json_delta", "partial_json": held.input});
            held.events.push(delta_event(held.index, &delta));
        }
        for (position, event) in held.events.iter().enumerate() {
            let opens = position == 0 && !held.is_opened;
            let marks: &[Mark] = if opens { &[Mark::Opened(held.index)] } else { &[] };
            self.replay(event, filter, marks)?;
        }
        Ok(())
    }

    /// Takes an event that was held through the filter.
    pub(super) fn replay<F: Filter>(
        &mut self,
        event: &Event,
        filter: &mut F,
        marks: &[Mark],
    ) -> Result<(), RelayError<F::Stop>> {
        let mut tree = crate::json::Tree::default();
        let data = event.data()?;
        tree.parse(data, &self.json_limits())?;
        self.forward(event, tree.on(data), filter, marks)
    }

    fn finish_block<F: Filter>(&mut self, index: u32, filter: &mut F) -> Result<(), RelayError<F::Stop>> {
        let mut sheet = Sheet::default();
        let ends = |channel: &crate::Channel| channel.item == index && !matches!(channel.kind, Kind::Other(_));
        let rest = self.gate.finish(filter, &mut sheet, ends).map_err(AnswerError::Stopped)?;
        for (open, text) in rest {
            self.gate.line.join_as_is(text_event(&open, &text), &[]);
        }
        Ok(())
    }
}

fn is_tool_use(json: Json<'_>) -> bool {
    let block = json.find(Json::ROOT, "content_block");
    block.and_then(|block| json.find_str(block, "type")).is_some_and(|name| name.ends_with("tool_use"))
}

/// An event with text that was held.
pub(super) fn text_event(open: &Open, text: &str) -> Event {
    let delta = match open.channel.kind {
        Kind::Reasoning => serde_json::json!({"type": "thinking_delta", "thinking": text}),
        _ => serde_json::json!({"type": "text_delta", "text": text}),
    };
    delta_event(open.channel.item, &delta)
}

fn delta_event(index: u32, delta: &serde_json::Value) -> Event {
    let data = serde_json::json!({"type": "content_block_delta", "index": index, "delta": delta});
    Event::new(Some("content_block_delta"), data.to_string().as_bytes())
}
