//! Events of the Responses API.
//!
//! Invariants: the events of a tool call leave together when it is done, its deltas as one; events are numbered without
//! gaps, whatever was dropped or added.

use super::Relay;
use super::sheet::{Mark, Sheet, What};
use crate::call::{self, ToolCall};
use crate::json::{Json, Kind as JsonKind, Limits, Tree};
use crate::output::{AnswerError, Filter, RelayError};
use crate::sse::Event;
use crate::surface::Surface;

/// The tool calls under way.
#[derive(Debug, Default)]
pub(crate) struct Items(Vec<Held>);

#[derive(Debug)]
struct Held {
    index: u32,
    events: Vec<Event>,
    /// The delta whose form all take, and the text of all.
    delta: Option<(usize, String)>,
}

/// Items whose texts are held until they are complete.
const CALLS: [&str; 4] = ["function_call", "custom_tool_call", "mcp_call", "code_interpreter_call"];

/// Events that carry the next piece of a call.
const PIECES: [&str; 4] = [
    "response.function_call_arguments.delta",
    "response.custom_tool_call_input.delta",
    "response.mcp_call_arguments.delta",
    "response.code_interpreter_call_code.delta",
];

impl Items {
    /// Bytes held.
    pub(crate) fn bytes(&self) -> usize {
        let bytes = |held: &Held| {
            held.events.iter().map(Event::len).sum::<usize>() + held.delta.as_ref().map_or(0, |(_, text)| text.len())
        };
        self.0.iter().map(bytes).sum()
    }

    fn hold(&mut self, at: usize, event: &Event, name: &str, json: Json<'_>) {
        let held = &mut self.0[at];
        let piece = json.find(Json::ROOT, "delta").filter(|id| json.kind(*id) == JsonKind::String);
        match (piece.filter(|_| PIECES.contains(&name)), &mut held.delta) {
            (Some(piece), Some((_, text))) => text.push_str(json.str(piece)),
            (Some(piece), none) => {
                *none = Some((held.events.len(), json.str(piece).to_owned()));
                held.events.push(event.clone());
            }
            (None, _) => held.events.push(event.clone()),
        }
    }
}

impl Held {
    /// Shows the call to the filter before any event of it leaves: by its pieces, and by every event that repeats it.
    fn show<F: Filter>(&self, limits: &Limits, filter: &mut F) -> Result<(), RelayError<F::Stop>> {
        let mut tree = Tree::default();
        let mut begun: Option<(String, bool)> = None;
        for event in &self.events {
            let data = event.data()?;
            tree.parse(data, limits)?;
            let json = tree.on(data);
            let item = json.find(Json::ROOT, "item").and_then(|item| call::of_item(json, item));
            let call = match (item, &begun) {
                (Some(mut call), None) => {
                    call.input = self.delta.as_ref().map(|(_, text)| text.as_str());
                    begun = Some((call.name.to_owned(), call.runs_at_provider));
                    call
                }
                (Some(call), Some(_)) => call,
                (None, Some((name, at_provider))) => {
                    let input = call::input(json, Json::ROOT);
                    if input.is_none() {
                        continue;
                    }
                    ToolCall { name, input, runs_at_provider: *at_provider }
                }
                (None, None) => continue,
            };
            filter.call(&call).map_err(AnswerError::Stopped)?;
        }
        Ok(())
    }
}

/// Shows a call that begins: its input is still to come.
fn show_begun<F: Filter>(json: Json<'_>, filter: &mut F) -> Result<(), F::Stop> {
    let begun = call::calls(Surface::Responses, json);
    begun.into_iter().try_for_each(|call| filter.call(&ToolCall { input: None, ..call }))
}

impl Relay {
    pub(super) fn responses_event<F: Filter>(
        &mut self,
        event: &Event,
        json: Json<'_>,
        filter: &mut F,
    ) -> Result<(), RelayError<F::Stop>> {
        let name = json.find_str(Json::ROOT, "type").unwrap_or_default();
        let index = json.find_index(Json::ROOT, "output_index");
        if name == "response.output_item.added" && is_call(json) {
            let index = index.unwrap_or(0);
            self.items.0.push(Held { index, events: vec![event.clone()], delta: None });
            return Ok(());
        }
        if let Some(at) = self.items.0.iter().position(|held| Some(held.index) == index) {
            self.items.hold(at, event, name, json);
            if name == "response.output_item.done" {
                let held = self.items.0.remove(at);
                self.release_item(&held, filter)?;
            }
            return Ok(self.held_too_much()?);
        }
        self.before_end(name, index, filter)?;
        if name == "response.output_item.added" {
            show_begun(json, filter).map_err(AnswerError::Stopped)?;
        } else if name == "response.output_item.done" {
            call::show(self.surface, json, filter).map_err(AnswerError::Stopped)?;
        }
        let is_end = is_end(name);
        let marks: &[Mark] = match name {
            "response.created" => &[Mark::Started],
            _ if is_end => &[Mark::Done],
            _ => &[],
        };
        if is_end {
            call::show(self.surface, json, filter).map_err(AnswerError::Stopped)?;
            self.gate.line.give_up_waiting();
        }
        self.send(event, json, filter, marks)
    }

    /// Lets out what is held when a part, an item or the whole is over.
    fn before_end<F: Filter>(
        &mut self,
        name: &str,
        index: Option<u32>,
        filter: &mut F,
    ) -> Result<(), RelayError<F::Stop>> {
        if is_end(name) {
            for held in std::mem::take(&mut self.items.0) {
                self.release_item(&held, filter)?;
            }
            return self.finish_all(filter).map_err(AnswerError::Stopped);
        }
        let Some(index) = index.filter(|_| name.ends_with(".done")) else { return Ok(()) };
        let mut sheet = Sheet::default();
        let rest =
            self.gate.finish(filter, &mut sheet, |channel| channel.item == index).map_err(AnswerError::Stopped)?;
        for (open, text) in rest {
            let event = self.facts.text_event(&open, &text);
            self.gate.line.join_as_is(event, &[]);
        }
        Ok(())
    }

    fn release_item<F: Filter>(&mut self, held: &Held, filter: &mut F) -> Result<(), RelayError<F::Stop>> {
        held.show(&self.json_limits(), filter)?;
        for (at, event) in held.events.iter().enumerate() {
            let whole = held.delta.as_ref().filter(|(delta, _)| *delta == at);
            let joined = whole.map(|(_, text)| with_delta(event, text)).transpose()?;
            let event = joined.as_ref().unwrap_or(event);
            let mut tree = crate::json::Tree::default();
            let data = event.data()?;
            tree.parse(data, &self.json_limits())?;
            self.send(event, tree.on(data), filter, &[])?;
        }
        Ok(())
    }

    /// Sends an event under the next number.
    fn send<F: Filter>(
        &mut self,
        event: &Event,
        json: Json<'_>,
        filter: &mut F,
        marks: &[Mark],
    ) -> Result<(), RelayError<F::Stop>> {
        let mut sheet = Sheet { marks: marks.to_vec(), carries: !marks.is_empty(), ..Sheet::default() };
        self.scan(json, filter, &mut sheet)?;
        if sheet.is_emptied && !sheet.carries {
            return Ok(());
        }
        if let Some(number) = json.find(Json::ROOT, "sequence_number") {
            if json.raw(number).parse() != Ok(self.facts.sequence) {
                sheet.change(number, What::Number(self.facts.sequence));
            }
            self.facts.sequence += 1;
        }
        self.gate.line.join(event, sheet, json);
        Ok(())
    }
}

fn is_call(json: Json<'_>) -> bool {
    let item = json.find(Json::ROOT, "item");
    item.and_then(|item| json.find_str(item, "type")).is_some_and(|name| CALLS.contains(&name))
}

fn is_end(name: &str) -> bool {
    matches!(name, "response.completed" | "response.incomplete" | "response.failed" | "error")
}

/// The event with all pieces in its delta.
fn with_delta(event: &Event, text: &str) -> Result<Event, crate::ParseError> {
    let mut tree = crate::json::Tree::default();
    let data = event.data()?;
    tree.parse(data, &crate::Limits::default())?;
    let json = tree.on(data);
    let mut edits: Vec<_> =
        json.find(Json::ROOT, "delta").map(|id| crate::splice::Edit::string(json.span(id), text)).into_iter().collect();
    Ok(event.edited(&mut edits))
}
