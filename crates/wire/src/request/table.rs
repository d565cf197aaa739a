//! What the fields of request bodies mean.

use super::segment::{Opaque, Provenance};
use super::{anthropic, openai};
use crate::json::{Id, Json};
use crate::shape::{Field, Shape};
use crate::surface::Surface;

/// What a leaf of a request means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ask {
    /// Text of whoever speaks here.
    Text,
    /// Text of somebody in particular.
    As(Provenance),
    /// An enumerated word or a tuning number; skipped when it looks like one.
    Word,
    /// JSON inside a string.
    Arguments,
    /// Text, or numbers that stand for text.
    Prompt,
    /// Cannot be inspected.
    Opaque(Opaque),
}

/// Who speaks inside an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    /// The same as outside.
    Inherit,
    /// Always the same.
    Is(Provenance),
    /// Whom its `role` names.
    Role,
}

/// What an object of a request means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Thing {
    pub(crate) who: Who,
    /// Says whether it is a message or item of the conversation.
    pub(crate) is_turn: bool,
    /// Set when the object as a whole stands for something out of sight.
    pub(crate) opaque: Option<Opaque>,
}

pub(crate) type AskShape = Shape<Ask, Thing>;
pub(crate) type AskField = Field<Ask, Thing>;

/// An object that only groups fields.
pub(super) const PLAIN: Thing = Thing { who: Who::Inherit, is_turn: false, opaque: None };

/// A message whose `role` says who speaks.
pub(super) const MESSAGE: Thing = Thing { who: Who::Role, is_turn: true, opaque: None };

pub(super) const fn by(who: Provenance) -> Thing {
    Thing { who: Who::Is(who), ..PLAIN }
}

/// An item of the conversation that always comes from the same side.
pub(super) const fn item(who: Provenance) -> Thing {
    Thing { who: Who::Is(who), is_turn: true, opaque: None }
}

pub(super) const fn provider_tool() -> Thing {
    Thing { who: Who::Is(Provenance::ToolDefinition), is_turn: false, opaque: Some(Opaque::ProviderTool) }
}

pub(super) const fn text(name: &'static str) -> AskField {
    Field::new(name, Ask::Text)
}

pub(super) const fn word(name: &'static str) -> AskField {
    Field::new(name, Ask::Word)
}

pub(super) const fn arguments(name: &'static str) -> AskField {
    Field::new(name, Ask::Arguments)
}

pub(super) const fn text_by(name: &'static str, who: Provenance) -> AskField {
    Field::new(name, Ask::As(who))
}

pub(super) const fn opaque(name: &'static str, kind: Opaque) -> AskField {
    Field::new(name, Ask::Opaque(kind))
}

/// The table of a surface.
pub(crate) fn of(surface: Surface) -> &'static AskShape {
    match surface {
        Surface::ChatCompletions => &openai::CHAT,
        Surface::Completions => &openai::COMPLETIONS,
        Surface::Responses => &openai::RESPONSES,
        Surface::Embeddings => &openai::EMBEDDINGS,
        Surface::Moderations => &openai::MODERATIONS,
        Surface::Messages | Surface::CountTokens => &anthropic::MESSAGES,
        Surface::Models => &NOTHING,
    }
}

static NOTHING: AskShape = Shape::new(PLAIN, &[]);

/// A JSON schema: its keywords are structure, its names and words are text.
pub(super) static SCHEMA: AskShape = Shape::new(
    PLAIN,
    &[
        word("type"),
        word("format"),
        word("$schema"),
        text("title"),
        text("description"),
        text("enum"),
        text("const"),
        text("default"),
        text("examples"),
        text("pattern"),
        text("required"),
        text("$ref"),
        text("properties").within(&NAMED_SCHEMAS),
        text("$defs").within(&NAMED_SCHEMAS),
        text("definitions").within(&NAMED_SCHEMAS),
        text("items").within(&SCHEMA),
        text("anyOf").within(&SCHEMA),
        text("oneOf").within(&SCHEMA),
        text("allOf").within(&SCHEMA),
        text("additionalProperties").within(&SCHEMA),
        word("minimum"),
        word("maximum"),
        word("minLength"),
        word("maxLength"),
        word("minItems"),
        word("maxItems"),
    ],
);

static NAMED_SCHEMAS: AskShape = Shape::new(PLAIN, &[]).others(&SCHEMA);

pub(super) static CACHE_CONTROL: AskShape = Shape::new(PLAIN, &[word("type"), word("ttl")]);

/// The label of a node: its path without positions, cut off with `.*` where the table ends.
pub(crate) fn field(json: Json<'_>, id: Id, table: &'static AskShape) -> String {
    crate::coverage::label(json, id, table)
}
