//! What a stream tells about itself: enough to speak in its name.
//!
//! Invariant: a fact that does not look like an identifier, or that the filter would change, is not kept, because it is
//! repeated without a filter.

use super::gate::Open;
use crate::json::{Id, Json, Kind as JsonKind};
use crate::output::{Channel, Filter, Kind, Usage};
use crate::say::SUMMARY_PARTS;
use crate::shape::{is_structural, is_word};
use crate::sse::Event;

/// The channel that facts are looked at under.
const CHANNEL: Channel = Channel { choice: 0, item: 0, kind: Kind::Other(u16::MAX) };

/// What is known about the answer.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    pub(crate) id: String,
    pub(crate) model: String,
    pub(crate) created: u64,
    pub(crate) usage: Option<Usage>,
    /// Number of the next Responses event.
    pub(crate) sequence: u64,
    /// The id of each output item.
    items: Vec<(u32, String)>,
    /// Says whether the client has asked for a chunk of usage, as its stream shows.
    pub(crate) has_usage_field: bool,
}

impl Facts {
    /// Reads what an event tells.
    pub(crate) fn observe<F: Filter>(&mut self, json: Json<'_>, filter: &mut F) -> Result<(), F::Stop> {
        let root = Json::ROOT;
        let body = json.find(root, "response").or_else(|| json.find(root, "message")).unwrap_or(root);
        if self.id.is_empty() {
            keep(&mut self.id, json.find_str(body, "id"), filter)?;
            keep(&mut self.model, json.find_str(body, "model"), filter)?;
            let created = json.find(body, "created").or_else(|| json.find(body, "created_at"));
            self.created = created.and_then(|id| json.raw(id).parse().ok()).unwrap_or(self.created);
        }
        for holder in [root, body] {
            if let Some(usage) = json.find(holder, "usage") {
                self.has_usage_field = true;
                self.count(json, usage);
            }
        }
        if let (Some(index), Some(item)) = (json.find_index(root, "output_index"), item_id(json))
            && !self.items.iter().any(|(known, _)| *known == index)
        {
            let mut id = String::new();
            keep(&mut id, Some(item), filter)?;
            self.items.push((index, id));
        }
        Ok(())
    }

    fn count(&mut self, json: Json<'_>, usage: Id) {
        if json.kind(usage) != JsonKind::Object {
            return;
        }
        let known = self.usage.get_or_insert_default();
        *known = read_usage(json, usage, *known);
    }

    /// A Responses event with text that was held.
    pub(crate) fn text_event(&mut self, open: &Open, text: &str) -> Event {
        let (item, choice) = (open.channel.item, open.channel.choice);
        let (index, position) = match choice.checked_sub(SUMMARY_PARTS) {
            Some(summary) => ("summary_index", summary),
            None => ("content_index", choice),
        };
        let name = match open.channel.kind {
            Kind::Refusal => "response.refusal.delta",
            Kind::Reasoning if choice >= SUMMARY_PARTS => "response.reasoning_summary_text.delta",
            Kind::Reasoning => "response.reasoning_text.delta",
            _ => "response.output_text.delta",
        };
        let mut data = serde_json::json!({
            "type": name, "item_id": self.item(item), "output_index": item, "delta": text,
        });
        data[index] = position.into();
        if name == "response.output_text.delta" {
            data["logprobs"] = serde_json::json!([]);
        }
        self.numbered(name, data)
    }

    /// A Responses event with the next number.
    pub(crate) fn numbered(&mut self, name: &str, mut data: serde_json::Value) -> Event {
        data["sequence_number"] = self.sequence.into();
        self.sequence += 1;
        Event::new(Some(name), data.to_string().as_bytes())
    }

    fn item(&self, index: u32) -> &str {
        self.items.iter().find(|(known, _)| *known == index).map_or("", |(_, id)| id)
    }
}

fn keep<F: Filter>(slot: &mut String, fact: Option<&str>, filter: &mut F) -> Result<(), F::Stop> {
    let Some(fact) = fact.filter(|fact| is_structural(fact)) else { return Ok(()) };
    if is_word(fact) || filter.whole(&CHANNEL, fact)? == fact {
        fact.clone_into(slot);
    }
    Ok(())
}

fn item_id<'a>(json: Json<'a>) -> Option<&'a str> {
    let item = json.find(Json::ROOT, "item").and_then(|item| json.find_str(item, "id"));
    item.or_else(|| json.find_str(Json::ROOT, "item_id"))
}

/// Reads a usage object in either dialect over what was known before.
pub(crate) fn read_usage(json: Json<'_>, usage: Id, known: Usage) -> Usage {
    let number = |keys: &[&str]| json.find_path(usage, keys).and_then(|id| json.raw(id).parse().ok());
    let first = |paths: &[&[&str]], known| paths.iter().find_map(|keys| number(keys)).unwrap_or(known);
    Usage {
        input_tokens: first(&[&["prompt_tokens"], &["input_tokens"]], known.input_tokens),
        output_tokens: first(&[&["completion_tokens"], &["output_tokens"]], known.output_tokens),
        cached_tokens: first(
            &[
                &["prompt_tokens_details", "cached_tokens"],
                &["input_tokens_details", "cached_tokens"],
                &["cache_read_input_tokens"],
            ],
            known.cached_tokens,
        ),
    }
}
