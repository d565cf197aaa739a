//! What the fields of answers and stream events mean, and the walk that lists their leaves.
//!
//! Invariant: every string, key and number of a document is listed, or stands under a field that the tables call
//! structural and is no string.

mod anthropic;
mod openai;

use crate::json::{Id, Json, Kind as JsonKind};
use crate::output::{Channel, Kind};
use crate::shape::{Field, Shape};
use crate::surface::Surface;

/// What a leaf of an answer means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Say {
    /// No table knows it.
    Unknown,
    /// An identifier, enumerated word or number that alone is no reason to send an event.
    Frame,
    /// An identifier or enumerated word that the client waits for: role, finish reason.
    Word,
    /// The next text of a channel.
    Delta(Kind),
    /// A complete text.
    Full(Kind),
    /// A complete JSON text.
    Json(Kind),
    /// A sealed blob that only the provider can read or make.
    Sealed,
    /// A token with a probability.
    Token,
    /// The bytes of the token beside it.
    TokenBytes,
    /// Probabilities of the legacy completions, all in one object.
    LegacyLogprobs,
    /// Pieces of tool calls, which are held until they are complete.
    Calls,
    /// The words why an answer is over.
    Finish,
}

/// What an object of an answer adds to where its texts belong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Nothing.
    Same,
    /// One of `n` answers, by `index`.
    Choice,
    /// A block, item or call, by `index`.
    Item,
    /// A content part, by its position.
    Part,
    /// A Responses event, by `output_index` and `content_index` or `summary_index`.
    Event,
}

pub(crate) type SayShape = Shape<Say, Place>;
pub(crate) type SayField = Field<Say, Place>;

/// Parts of reasoning summaries are counted from here, so that they never mix with parts of the content.
pub(crate) const SUMMARY_PARTS: u32 = 1 << 16;

pub(super) const fn frame(name: &'static str) -> SayField {
    Field::new(name, Say::Frame)
}

pub(super) const fn word(name: &'static str) -> SayField {
    Field::new(name, Say::Word)
}

pub(super) const fn delta(name: &'static str, kind: Kind) -> SayField {
    Field::new(name, Say::Delta(kind))
}

pub(super) const fn full(name: &'static str, kind: Kind) -> SayField {
    Field::new(name, Say::Full(kind))
}

pub(super) const fn say(name: &'static str, leaf: Say) -> SayField {
    Field::new(name, leaf)
}

/// The table of a surface's plain answers.
pub(crate) fn answer(surface: Surface) -> &'static SayShape {
    match surface {
        Surface::ChatCompletions => &openai::CHAT,
        Surface::Completions => &openai::COMPLETION,
        Surface::Responses => &openai::RESPONSE,
        Surface::Embeddings => &openai::EMBEDDINGS,
        Surface::Moderations => &openai::MODERATION,
        Surface::Models => &openai::MODELS,
        Surface::Messages | Surface::CountTokens => &anthropic::MESSAGE,
    }
}

/// The table of a surface's stream events.
pub(crate) fn stream(surface: Surface) -> &'static SayShape {
    match surface {
        Surface::ChatCompletions => &openai::CHAT_CHUNK,
        Surface::Completions => &openai::COMPLETION,
        Surface::Responses => &openai::EVENT,
        Surface::Messages => &anthropic::EVENT,
        other => answer(other),
    }
}

/// The table of a chunk in which everything is complete.
pub(crate) fn whole_chunk() -> &'static SayShape {
    &openai::WHOLE_CHUNK
}

/// One leaf, key or held part of a document.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Found {
    pub(crate) id: Id,
    pub(crate) say: Say,
    pub(crate) is_key: bool,
    pub(crate) choice: u32,
    pub(crate) item: u32,
    /// The field of the table, which also names the channel when text is synthesized.
    pub(crate) field: &'static str,
}

impl Found {
    pub(crate) fn channel(&self, kind: Kind) -> Channel {
        Channel { choice: self.choice, item: self.item, kind }
    }
}

/// Lists what is in a document.
pub(crate) fn walk(json: Json<'_>, table: &'static SayShape, out: &mut Vec<Found>) {
    let mut walk = Walk { json, out };
    walk.value(Json::ROOT, Say::Unknown, Some(table), Spot { choice: 0, item: 0, field: "", position: 0 });
}

/// What a field's meaning is worth for an object that stands there unexpectedly.
fn inherited(say: Say) -> Say {
    match say {
        Say::Full(_) | Say::Json(_) | Say::Sealed | Say::Frame | Say::Word => say,
        _ => Say::Unknown,
    }
}

#[derive(Clone, Copy)]
struct Spot {
    choice: u32,
    item: u32,
    field: &'static str,
    position: u32,
}

struct Walk<'a, 'o> {
    json: Json<'a>,
    out: &'o mut Vec<Found>,
}

impl Walk<'_, '_> {
    fn value(&mut self, id: Id, say: Say, within: Option<&'static SayShape>, spot: Spot) {
        match (self.json.kind(id), say) {
            (JsonKind::Null, _) => {}
            (_, Say::Calls | Say::LegacyLogprobs | Say::TokenBytes) => self.found(id, say, false, spot),
            (JsonKind::Object, _) => self.object(id, say, within, spot),
            (JsonKind::Array, _) => {
                for (position, child) in self.json.children(id).enumerate() {
                    self.value(child, say, within, Spot { position: position as u32, ..spot });
                }
            }
            (JsonKind::String, _) => self.found(id, say, false, spot),
            (JsonKind::Number | JsonKind::True | JsonKind::False, Say::Frame | Say::Sealed) => {}
            _ => self.found(id, say, false, spot),
        }
    }

    fn object(&mut self, id: Id, say: Say, shape: Option<&'static SayShape>, mut spot: Spot) {
        let shape = shape.map(|shape| shape.of_type(self.json.find_str(id, "type")));
        self.place(id, shape.map_or(Place::Same, |shape| shape.object), &mut spot);
        for child in self.json.children(id) {
            let key = self.json.key(child).unwrap_or_default();
            match shape.and_then(|shape| shape.field(key)) {
                Some(field) => self.value(child, field.leaf, field.within, Spot { field: field.name, ..spot }),
                None => {
                    let say = if shape.is_none() { inherited(say) } else { Say::Unknown };
                    self.found(child, say, true, spot);
                    self.value(child, say, shape.and_then(|shape| shape.others), Spot { field: "*", ..spot });
                }
            }
        }
    }

    fn place(&self, id: Id, place: Place, spot: &mut Spot) {
        let index = |name| self.json.find_index(id, name);
        match place {
            Place::Same => {}
            Place::Choice => spot.choice = index("index").unwrap_or(spot.position),
            Place::Item => spot.item = index("index").unwrap_or(spot.position),
            Place::Part => spot.choice = spot.position,
            Place::Event => {
                spot.item = index("output_index").unwrap_or(0);
                let summary = index("summary_index").map(|summary| SUMMARY_PARTS.saturating_add(summary));
                spot.choice = summary.or_else(|| index("content_index")).unwrap_or(0);
            }
        }
    }

    fn found(&mut self, id: Id, say: Say, is_key: bool, spot: Spot) {
        let Spot { choice, item, field, .. } = spot;
        self.out.push(Found { id, say, is_key, choice, item, field });
    }
}
