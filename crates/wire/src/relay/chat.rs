//! Chunks of chat completions and of the legacy completions.
//!
//! Invariant: a tool call leaves in one chunk, complete and inspected, before the chunk that finishes its choice.

use super::facts::Facts;
use super::gate::Open;
use super::sheet::{Change, Mark, Sheet, What, edits};
use super::{Gate, Relay};
use crate::call;
use crate::json::{Id, Json, Kind as JsonKind, Limits, Tree};
use crate::output::{AnswerError, Filter, Kind, RelayError};
use crate::say::{self, Found, Say};
use crate::splice::{self, Edit};
use crate::sse::Event;
use crate::surface::Surface;

/// The tool calls under way.
#[derive(Debug, Default)]
pub(crate) struct Calls(Vec<Call>);

#[derive(Debug)]
struct Call {
    choice: u32,
    index: u32,
    is_legacy: bool,
    /// The first piece, whose form the whole takes.
    form: String,
    /// The texts that grow: `function.arguments` and its like.
    texts: Vec<([&'static str; 2], String)>,
}

/// Where in a piece texts may grow.
const GROWING: [[&str; 2]; 4] =
    [["function", "name"], ["function", "arguments"], ["custom", "name"], ["custom", "input"]];

impl Calls {
    /// Bytes held.
    pub(crate) fn bytes(&self) -> usize {
        self.0.iter().map(|call| call.form.len() + call.texts.iter().map(|(_, text)| text.len()).sum::<usize>()).sum()
    }

    fn collect(&mut self, json: Json<'_>, found: &Found) {
        match json.kind(found.id) {
            JsonKind::Array => {
                for (position, piece) in json.children(found.id).enumerate() {
                    let index = json.find_index(piece, "index").unwrap_or(position as u32);
                    self.add(json, piece, found.choice, index, false);
                }
            }
            _ => self.add(json, found.id, found.choice, 0, true),
        }
    }

    fn add(&mut self, json: Json<'_>, piece: Id, choice: u32, index: u32, is_legacy: bool) {
        let known =
            self.0.iter().position(|call| (call.choice, call.index, call.is_legacy) == (choice, index, is_legacy));
        let at = known.unwrap_or_else(|| {
            let form = json.raw(piece).to_owned();
            self.0.push(Call { choice, index, is_legacy, form, texts: Vec::new() });
            self.0.len() - 1
        });
        for keys in GROWING {
            let path = if is_legacy { &keys[1..] } else { &keys[..] };
            if let Some(text) = json.find_path(piece, path).filter(|id| json.kind(*id) == JsonKind::String) {
                self.0[at].grow(keys, json.str(text));
            }
        }
    }
}

impl Call {
    fn grow(&mut self, keys: [&'static str; 2], piece: &str) {
        match self.texts.iter_mut().find(|(known, _)| *known == keys) {
            Some((_, text)) => text.push_str(piece),
            None => self.texts.push((keys, piece.to_owned())),
        }
    }

    /// The whole call as one piece, with its texts put in.
    fn whole(&self) -> String {
        let mut tree = Tree::default();
        if tree.parse(&self.form, &Limits::default()).is_err() {
            return self.form.clone();
        }
        let json = tree.on(&self.form);
        let mut edits = Vec::new();
        let mut missing: Vec<(Id, Vec<u8>)> = Vec::new();
        let mut absent: Vec<(&str, Vec<Vec<u8>>)> = Vec::new();
        for (keys, text) in &self.texts {
            let path = if self.is_legacy { &keys[1..] } else { &keys[..] };
            let holder = json.find_path(Json::ROOT, &path[..path.len() - 1]);
            match (json.find_path(Json::ROOT, path), holder) {
                (Some(id), _) => edits.push(Edit::string(json.span(id), text)),
                (None, Some(holder)) => missing.push((holder, member(keys[1], text))),
                (None, None) => match absent.iter_mut().find(|(holder, _)| *holder == keys[0]) {
                    Some((_, members)) => members.push(member(keys[1], text)),
                    None => absent.push((keys[0], vec![member(keys[1], text)])),
                },
            }
        }
        for (holder, members) in absent {
            missing.push((Json::ROOT, [format!("\"{holder}\":{{").as_bytes(), &members.join(&b','), b"}"].concat()));
        }
        for (holder, bytes) in missing {
            insert(json, holder, &bytes, &mut edits);
        }
        let mut out = Vec::new();
        splice::apply(&mut out, self.form.as_bytes(), &mut edits);
        String::from_utf8_lossy(&out).into_owned()
    }
}

fn member(key: &str, text: &str) -> Vec<u8> {
    let mut bytes = format!("\"{key}\":").into_bytes();
    splice::push_string(&mut bytes, text);
    bytes
}

/// Puts a member before the end of an object. Several for one object become one edit.
fn insert(json: Json<'_>, object: Id, bytes: &[u8], edits: &mut Vec<Edit>) {
    let at = json.span(object).end - 1;
    let comma: &[u8] = if json.children(object).next().is_some() { b"," } else { b"" };
    match edits.iter_mut().find(|edit| edit.span == (at..at)) {
        Some(edit) => edit.with.extend([b",", bytes].concat()),
        None => edits.push(Edit { span: at..at, with: [comma, bytes].concat() }),
    }
}

impl Relay {
    pub(super) fn chat_event<F: Filter>(
        &mut self,
        event: &Event,
        json: Json<'_>,
        filter: &mut F,
    ) -> Result<(), RelayError<F::Stop>> {
        let mut sheet = Sheet::default();
        if self.hides_usage
            && let Some(usage) = json.find(Json::ROOT, "usage")
        {
            let choices = json.find(Json::ROOT, "choices");
            if choices.is_some_and(|choices| json.children(choices).next().is_none()) {
                return Ok(());
            }
            sheet.change(usage, What::Remove);
        }
        self.scan(json, filter, &mut sheet)?;
        for found in self.found.iter().filter(|found| found.say == Say::Calls) {
            self.calls.collect(json, found);
            sheet.change(found.id, What::Remove);
            sheet.is_emptied = true;
        }
        self.held_too_much()?;
        self.finish_choices(json, filter, &mut sheet).map_err(AnswerError::Stopped)?;
        let choices = json.find(Json::ROOT, "choices");
        for (position, choice) in choices.into_iter().flat_map(|list| json.children(list)).enumerate() {
            let index = json.find_index(choice, "index").unwrap_or(position as u32);
            sheet.marks.insert(0, Mark::Spoke(index));
        }
        if json.find(Json::ROOT, "error").is_some_and(|error| json.kind(error) != JsonKind::Null) {
            sheet.marks.push(Mark::Done);
        }
        self.gate.line.join(event, sheet, json);
        Ok(())
    }

    /// Lets out what a finished choice still holds, before or inside the event that finishes it.
    fn finish_choices<F: Filter>(&mut self, json: Json<'_>, filter: &mut F, sheet: &mut Sheet) -> Result<(), F::Stop> {
        for at in 0..self.found.len() {
            let finish = self.found[at];
            if finish.say != Say::Finish || json.str(finish.id).is_empty() {
                continue;
            }
            let ends =
                |channel: &crate::Channel| channel.choice == finish.choice && !matches!(channel.kind, Kind::Other(_));
            for (open, text) in self.gate.finish(filter, sheet, ends)? {
                match self.found.iter().find(|found| is_home(found, &open)) {
                    Some(home) => put(json, home.id, &text, sheet),
                    None => {
                        let event = text_event(self.surface, &self.facts, &open, &text);
                        self.gate.line.join_as_is(event, &[]);
                    }
                }
            }
            self.send_calls(Some(finish.choice), filter)?;
            sheet.marks.push(Mark::Finished(finish.choice));
        }
        Ok(())
    }

    /// Sends the complete tool calls of one choice, or of all.
    pub(super) fn send_calls<F: Filter>(&mut self, choice: Option<u32>, filter: &mut F) -> Result<(), F::Stop> {
        let (ready, rest) = std::mem::take(&mut self.calls.0)
            .into_iter()
            .partition(|call| choice.is_none_or(|choice| choice == call.choice));
        self.calls.0 = rest;
        for call in ready {
            let data = chunk_of_call(&self.facts, &call, &call.whole());
            if let Some(event) = inspected(&mut self.gate, &data, filter)? {
                self.gate.line.join_as_is(event, &[]);
            }
        }
        Ok(())
    }
}

/// Takes a chunk of our own making through the filter: everything in it is complete.
fn inspected<F: Filter>(gate: &mut Gate, data: &str, filter: &mut F) -> Result<Option<Event>, F::Stop> {
    let mut tree = Tree::default();
    if tree.parse(data, &Limits::default()).is_err() {
        return Ok(None);
    }
    let json = tree.on(data);
    call::show(Surface::ChatCompletions, json, filter)?;
    let mut found = Vec::new();
    say::walk(json, say::whole_chunk(), &mut found);
    let mut changes = Vec::new();
    for found in &found {
        changes.extend(gate.complete(json, found, filter)?.map(|what| Change { id: found.id, what }));
    }
    let mut out = Vec::with_capacity(data.len());
    splice::apply(&mut out, data.as_bytes(), &mut edits(json, &changes));
    Ok(Some(Event::new(None, &out)))
}

fn is_home(found: &Found, open: &Open) -> bool {
    matches!(found.say, Say::Delta(kind) if found.channel(kind) == open.channel) && found.field == open.field
}

/// Appends text to what the event carries already.
fn put(json: Json<'_>, id: Id, text: &str, sheet: &mut Sheet) {
    sheet.carries = true;
    let known = sheet.changes.iter_mut().find(|change| change.id == id);
    match known {
        Some(Change { what: What::Text(carried), .. }) => carried.push_str(text),
        _ => sheet.change(id, What::Text(json.str(id).to_owned() + text)),
    }
}

/// A chunk with text that was held.
pub(super) fn text_event(surface: Surface, facts: &Facts, open: &Open, text: &str) -> Event {
    let mut choice = serde_json::json!({"index": open.channel.choice, "finish_reason": null});
    let is_chat = surface == Surface::ChatCompletions;
    if is_chat {
        choice["delta"] = serde_json::json!({ open.field: text });
    } else {
        choice["text"] = text.into();
        choice["logprobs"] = serde_json::Value::Null;
    }
    Event::new(None, chunk(facts, is_chat, choice).to_string().as_bytes())
}

/// A chunk with one choice.
pub(super) fn chunk(facts: &Facts, is_chat: bool, choice: serde_json::Value) -> serde_json::Value {
    serde_json::json!({
        "id": facts.id,
        "object": if is_chat { "chat.completion.chunk" } else { "text_completion" },
        "created": facts.created,
        "model": facts.model,
        "choices": [choice],
    })
}

fn chunk_of_call(facts: &Facts, call: &Call, whole: &str) -> String {
    let delta =
        if call.is_legacy { format!("{{\"function_call\":{whole}}}") } else { format!("{{\"tool_calls\":[{whole}]}}") };
    format!(
        "{{\"id\":\"{}\",\"object\":\"chat.completion.chunk\",\"created\":{},\"model\":\"{}\",\"choices\":[{{\"index\":{},\
         \"delta\":{delta},\"finish_reason\":null}}]}}",
        facts.id, facts.created, facts.model, call.choice
    )
}
