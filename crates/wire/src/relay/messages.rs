//! Events of Anthropic messages.
//!
//! Invariant: a tool use leaves as start, one delta and stop, complete and inspected.

use super::Relay;
use super::gate::Open;
use super::sheet::{Mark, Sheet};
use crate::json::{Json, Kind as JsonKind};
use crate::output::{AnswerError, Filter, Kind, RelayError};
use crate::sse::Event;

/// The tool use that is under way.
#[derive(Debug, Default)]
pub(crate) struct Blocks {
    held: Option<Held>,
}

#[derive(Debug)]
struct Held {
    index: u32,
    /// The start, and whatever else came for the block.
    events: Vec<Event>,
    input: String,
}

impl Blocks {
    /// Bytes held.
    pub(crate) fn bytes(&self) -> usize {
        self.held.as_ref().map_or(0, |held| held.input.len() + held.events.iter().map(Event::len).sum::<usize>())
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
                self.release_block(filter)?;
                self.blocks.held = Some(Held { index, events: vec![event.clone()], input: String::new() });
                Ok(())
            }
            "content_block_start" => self.forward(event, json, filter, &[Mark::Opened(index)]),
            "content_block_delta" if self.blocks.held.as_ref().is_some_and(|held| held.index == index) => {
                self.hold(event, json);
                Ok(self.held_too_much()?)
            }
            "content_block_delta" => {
                if json.find_path(Json::ROOT, &["delta", "signature"]).is_some() {
                    self.finish_block(index, filter)?;
                }
                self.forward(event, json, filter, &[])
            }
            "content_block_stop" => {
                self.release_block(filter)?;
                self.finish_block(index, filter)?;
                self.forward(event, json, filter, &[Mark::Closed(index)])
            }
            "message_start" => self.forward(event, json, filter, &[Mark::Started]),
            "message_delta" => {
                self.finish_all(filter).map_err(AnswerError::Stopped)?;
                self.forward(event, json, filter, &[Mark::Finished(0)])
            }
            "message_stop" => {
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

    fn hold(&mut self, event: &Event, json: Json<'_>) {
        let Some(held) = &mut self.blocks.held else { return };
        let piece = json.find_path(Json::ROOT, &["delta", "partial_json"]);
        match piece.filter(|id| json.kind(*id) == JsonKind::String) {
            Some(id) => held.input.push_str(json.str(id)),
            None => held.events.push(event.clone()),
        }
    }

    /// Lets the tool use go that is held.
    fn release_block<F: Filter>(&mut self, filter: &mut F) -> Result<(), RelayError<F::Stop>> {
        let Some(mut held) = self.blocks.held.take() else { return Ok(()) };
        if !held.input.is_empty() {
            let delta = serde_json::json!({"type": "input_json_delta", "partial_json": held.input});
            held.events.push(delta_event(held.index, &delta));
        }
        for (position, event) in held.events.iter().enumerate() {
            let marks: &[Mark] = if position == 0 { &[Mark::Opened(held.index)] } else { &[] };
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
