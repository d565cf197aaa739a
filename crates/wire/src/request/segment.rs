//! Segments: the texts of a request, who wrote them, and what stays unread.
//!
//! Roles may come after the text they explain, so the walk looks an object's role up before it goes inside.
//! Invariant: a leaf is skipped only by the tables, never because nobody thought of it.

use super::table::{Ask, AskShape, Who};
use crate::json::{Id, Json, Kind};
use crate::shape::{is_long_number, is_word};

/// Who wrote a text, most trusted first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Provenance {
    /// The application: system and developer messages, instructions.
    Operator,
    /// The person in front of it, and anything of unknown origin.
    User,
    /// The model, in earlier turns.
    Assistant,
    /// A tool that answered.
    ToolResult,
    /// A document or search result that was put into the prompt.
    Retrieved,
    /// The description of a tool or of a structured output.
    ToolDefinition,
}

/// How the text of a segment is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Encoding {
    /// As it is.
    Plain,
    /// As JSON inside a string: arguments of a tool call. See [`crate::rewrite_leaves`].
    Json,
}

/// One text of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    /// Who wrote it.
    pub provenance: Provenance,
    /// The position of its message or item, if it is in one.
    pub turn: Option<u32>,
    /// Says whether it is new since the model last spoke, or outside of the turns.
    pub is_latest_turn: bool,
    /// How to read it.
    pub encoding: Encoding,
    /// Says whether it is an object key.
    pub is_key: bool,
    pub(super) id: Id,
}

/// What kind of thing cannot be inspected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Opaque {
    /// A picture, inline or by URL.
    Image,
    /// Sound.
    Audio,
    /// Moving pictures.
    Video,
    /// A file, inline, by URL or by id.
    File,
    /// Text as token numbers.
    Tokens,
    /// Something stored at the provider: earlier responses, conversations, prompt templates, items by reference.
    History,
    /// A sealed blob that the provider made: encrypted reasoning, signatures.
    Sealed,
    /// A tool that runs at the provider, out of our sight.
    ProviderTool,
}

/// A part of a request that cannot be inspected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uninspectable {
    /// Where it is.
    pub path: String,
    /// What it is.
    pub kind: Opaque,
}

/// Lists the segments of a body and what cannot be inspected in it.
pub(super) fn collect(json: Json<'_>, table: &'static AskShape) -> (Vec<Segment>, Vec<Uninspectable>) {
    let mut walk = Walk { json, segments: Vec::new(), uninspectable: Vec::new(), speakers: Vec::new() };
    walk.object(Json::ROOT, Some(table), Scope { who: Provenance::User, turn: None });
    walk.mark_latest();
    (walk.segments, walk.uninspectable)
}

#[derive(Clone, Copy)]
struct Scope {
    who: Provenance,
    turn: Option<u32>,
}

struct Walk<'a> {
    json: Json<'a>,
    segments: Vec<Segment>,
    uninspectable: Vec<Uninspectable>,
    /// Who speaks in each turn.
    speakers: Vec<Provenance>,
}

impl Walk<'_> {
    fn object(&mut self, id: Id, shape: Option<&'static AskShape>, mut scope: Scope) {
        let shape = shape.map(|shape| shape.of_type(self.json.find_str(id, "type")));
        if let Some(shape) = shape {
            self.enter(id, shape, &mut scope);
        }
        for child in self.json.children(id) {
            let key = self.json.key(child).unwrap_or_default();
            match shape.and_then(|shape| shape.field(key)) {
                Some(field) => self.value(child, field.leaf, field.within, scope),
                None => {
                    self.push(child, true, Encoding::Plain, scope);
                    self.value(child, Ask::Text, shape.and_then(|shape| shape.others), scope);
                }
            }
        }
    }

    fn enter(&mut self, id: Id, shape: &AskShape, scope: &mut Scope) {
        let object = shape.object;
        match object.who {
            Who::Inherit => {}
            Who::Is(who) => scope.who = who,
            Who::Role => scope.who = speaker(self.json.find_str(id, "role")),
        }
        if object.is_turn && scope.turn.is_none() {
            scope.turn = Some(self.speakers.len() as u32);
            self.speakers.push(scope.who);
        }
        if let Some(kind) = object.opaque {
            self.uninspectable(id, kind);
        }
    }

    fn value(&mut self, id: Id, leaf: Ask, within: Option<&'static AskShape>, scope: Scope) {
        match self.json.kind(id) {
            Kind::Object => match leaf {
                Ask::Opaque(kind) if within.is_none() => self.opaque(id, kind, scope),
                Ask::As(who) => self.object(id, within, Scope { who, ..scope }),
                _ => self.object(id, within, scope),
            },
            Kind::Array => self.array(id, leaf, within, scope),
            Kind::String => self.string(id, leaf, scope),
            Kind::Number => self.number(id, leaf, scope),
            Kind::True | Kind::False | Kind::Null => {}
        }
    }

    fn array(&mut self, id: Id, leaf: Ask, within: Option<&'static AskShape>, scope: Scope) {
        let numbers = self.json.children(id).any(|child| self.json.kind(child) == Kind::Number);
        if leaf == Ask::Prompt && numbers {
            self.uninspectable(id, Opaque::Tokens);
        }
        for child in self.json.children(id) {
            if leaf != Ask::Prompt || self.json.kind(child) != Kind::Number {
                self.value(child, leaf, within, scope);
            }
        }
    }

    fn string(&mut self, id: Id, leaf: Ask, scope: Scope) {
        match leaf {
            Ask::Text | Ask::Prompt => self.push(id, false, Encoding::Plain, scope),
            Ask::As(who) => self.push(id, false, Encoding::Plain, Scope { who, ..scope }),
            Ask::Arguments => self.push(id, false, Encoding::Json, scope),
            Ask::Word if is_word(self.json.str(id)) => {}
            Ask::Word => self.push(id, false, Encoding::Plain, scope),
            Ask::Opaque(kind) => self.opaque(id, kind, scope),
        }
    }

    fn number(&mut self, id: Id, leaf: Ask, scope: Scope) {
        match leaf {
            Ask::Prompt => self.uninspectable(id, Opaque::Tokens),
            Ask::Opaque(kind) => self.uninspectable(id, kind),
            Ask::As(who) if is_long_number(self.json.raw(id)) => {
                self.push(id, false, Encoding::Plain, Scope { who, ..scope });
            }
            _ if is_long_number(self.json.raw(id)) => self.push(id, false, Encoding::Plain, scope),
            _ => {}
        }
    }

    /// Notes what cannot be inspected. An address in it is still a text that goes somewhere.
    fn opaque(&mut self, id: Id, kind: Opaque, scope: Scope) {
        self.uninspectable(id, kind);
        self.addresses(id, scope);
    }

    fn addresses(&mut self, id: Id, scope: Scope) {
        match self.json.kind(id) {
            Kind::Object | Kind::Array => {
                for child in self.json.children(id) {
                    if self.json.key(child).is_some_and(|key| !is_word(key)) {
                        self.push(child, true, Encoding::Plain, scope);
                    }
                    self.addresses(child, scope);
                }
            }
            Kind::String if is_address(self.json.str(id)) => self.push(id, false, Encoding::Plain, scope),
            _ => {}
        }
    }

    fn uninspectable(&mut self, id: Id, kind: Opaque) {
        self.uninspectable.push(Uninspectable { path: self.json.path(id), kind });
    }

    fn push(&mut self, id: Id, is_key: bool, encoding: Encoding, scope: Scope) {
        let Scope { who, turn } = scope;
        self.segments.push(Segment { provenance: who, turn, is_latest_turn: true, encoding, is_key, id });
    }

    /// The latest turns are those after the last assistant turn that somebody answered: a trailing assistant turn is a
    /// prefill by the client, and hides nothing before it.
    fn mark_latest(&mut self) {
        let is_model = |who: &Provenance| *who == Provenance::Assistant;
        let answered = self.speakers.iter().rposition(|who| !is_model(who)).unwrap_or(0);
        let spoke = self.speakers[..answered].iter().rposition(is_model);
        let Some(spoke) = spoke else { return };
        for segment in &mut self.segments {
            segment.is_latest_turn = segment.turn.is_none_or(|turn| turn as usize > spoke);
        }
    }
}

fn speaker(role: Option<&str>) -> Provenance {
    match role {
        Some("system" | "developer") => Provenance::Operator,
        Some("assistant") => Provenance::Assistant,
        Some("tool" | "function") => Provenance::ToolResult,
        _ => Provenance::User,
    }
}

fn is_address(text: &str) -> bool {
    !text.starts_with("data:") && memchr::memmem::find(text.as_bytes(), b"://").is_some()
}
