//! Anthropic's answers and events.

use super::{Place, Say, SayField, SayShape, delta, frame, full, say, word};
use crate::output::Kind;
use crate::shape::Shape;

pub(super) static MESSAGE: SayShape = Shape::new(
    Place::Same,
    &[
        frame("id"),
        word("type"),
        word("role"),
        frame("model"),
        say("content", Say::Unknown).within(&BLOCK),
        say("stop_reason", Say::Finish),
        full("stop_sequence", Kind::Other(0)),
        say("stop_details", Say::Unknown).within(&STOP_DETAILS),
        say("container", Say::Unknown).within(&CONTAINER),
        word("usage").within(&USAGE),
        word("input_tokens"),
        say("error", Say::Unknown).within(&ERROR),
        frame("request_id"),
    ],
);

static STOP_DETAILS: SayShape =
    Shape::new(Place::Same, &[word("type"), word("category"), full("explanation", Kind::Refusal)]);
static CONTAINER: SayShape = Shape::new(Place::Same, &[word("id"), say("expires_at", Say::Word)]);
static ERROR: SayShape =
    Shape::new(Place::Same, &[word("type"), full("message", Kind::Text), full("details", Kind::Text)]);

static USAGE: SayShape = Shape::new(
    Place::Same,
    &[
        word("input_tokens"),
        word("output_tokens"),
        word("cache_creation_input_tokens"),
        word("cache_read_input_tokens"),
        word("service_tier"),
        word("inference_geo"),
        word("cache_creation").within(&CACHE_CREATION),
        word("server_tool_use").within(&SERVER_TOOL_USE),
    ],
);
static CACHE_CREATION: SayShape =
    Shape::new(Place::Same, &[word("ephemeral_1h_input_tokens"), word("ephemeral_5m_input_tokens")]);
static SERVER_TOOL_USE: SayShape = Shape::new(Place::Same, &[word("web_search_requests"), word("web_fetch_requests")]);

static BLOCK: SayShape = Shape::new(Place::Item, &BLOCK_FIELDS);

/// A block that a tool result or document holds: it belongs to the block around it.
static INNER_BLOCK: SayShape = Shape::new(Place::Same, &BLOCK_FIELDS);

static BLOCK_FIELDS: [SayField; 21] = [
    word("type"),
    word("id"),
    word("tool_use_id"),
    full("text", Kind::Text),
    full("thinking", Kind::Reasoning),
    say("signature", Say::Sealed),
    say("data", Say::Sealed),
    say("encrypted_content", Say::Sealed),
    say("encrypted_index", Say::Sealed),
    full("name", Kind::ToolName),
    full("server_name", Kind::ToolName),
    say("input", Say::Full(Kind::ToolArguments)),
    full("content", Kind::Text).within(&INNER_BLOCK),
    full("citations", Kind::Citation).within(&CITATION),
    full("title", Kind::Citation),
    full("url", Kind::Citation),
    full("page_age", Kind::Citation),
    word("error_code"),
    full("stdout", Kind::Text),
    full("stderr", Kind::Text),
    word("return_code"),
];

static CITATION: SayShape = Shape::new(
    Place::Same,
    &[
        word("type"),
        full("cited_text", Kind::Citation),
        full("document_title", Kind::Citation),
        full("title", Kind::Citation),
        full("url", Kind::Citation),
        full("source", Kind::Citation),
        word("document_index"),
        word("search_result_index"),
        word("start_char_index"),
        word("end_char_index"),
        word("start_page_number"),
        word("end_page_number"),
        word("start_block_index"),
        word("end_block_index"),
        word("file_id"),
        say("encrypted_index", Say::Sealed),
    ],
);

/// An event of a Messages stream. `delta` is known by its own type.
pub(super) static EVENT: SayShape = Shape::new(
    Place::Item,
    &[
        frame("type"),
        frame("index"),
        say("message", Say::Unknown).within(&MESSAGE),
        say("content_block", Say::Unknown).within(&START),
        say("delta", Say::Unknown).within(&DELTA),
        word("usage").within(&USAGE),
        say("error", Say::Unknown).within(&ERROR),
        frame("request_id"),
    ],
);

/// The block an event starts: its text goes on in the deltas.
static START: SayShape = Shape::new(
    Place::Same,
    &[
        word("type"),
        word("id"),
        word("tool_use_id"),
        delta("text", Kind::Text),
        delta("thinking", Kind::Reasoning),
        say("signature", Say::Sealed),
        say("data", Say::Sealed),
        full("name", Kind::ToolName),
        full("server_name", Kind::ToolName),
        say("input", Say::Full(Kind::ToolArguments)),
        full("content", Kind::Text).within(&INNER_BLOCK),
        full("citations", Kind::Citation).within(&CITATION),
    ],
);

static DELTA: SayShape = Shape::new(
    Place::Same,
    &[
        frame("type"),
        delta("text", Kind::Text),
        delta("thinking", Kind::Reasoning),
        say("signature", Say::Sealed),
        say("partial_json", Say::Json(Kind::ToolArguments)),
        say("citation", Say::Full(Kind::Citation)).within(&CITATION),
        say("stop_reason", Say::Finish),
        full("stop_sequence", Kind::Other(0)),
        say("stop_details", Say::Unknown).within(&STOP_DETAILS),
        say("container", Say::Unknown).within(&CONTAINER),
    ],
);
