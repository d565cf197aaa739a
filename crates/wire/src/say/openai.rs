//! OpenAI's answers and events.

use super::{Place, Say, SayShape, delta, frame, full, say, word};
use crate::output::Kind;
use crate::shape::Shape;

pub(super) static CHAT: SayShape = Shape::new(
    Place::Same,
    &[
        frame("id"),
        frame("object"),
        frame("created"),
        frame("model"),
        frame("service_tier"),
        frame("system_fingerprint"),
        word("usage").within(&USAGE),
        say("choices", Say::Unknown).within(&CHOICE),
    ],
);

/// Usage: numbers under names that providers keep adding to.
static USAGE: SayShape = Shape::new(
    Place::Same,
    &[
        word("prompt_tokens"),
        word("completion_tokens"),
        word("total_tokens"),
        word("input_tokens"),
        word("output_tokens"),
        word("prompt_tokens_details").within(&TOKEN_DETAILS),
        word("completion_tokens_details").within(&TOKEN_DETAILS),
        word("input_tokens_details").within(&TOKEN_DETAILS),
        word("output_tokens_details").within(&TOKEN_DETAILS),
    ],
);

static TOKEN_DETAILS: SayShape = Shape::new(
    Place::Same,
    &[
        word("cached_tokens"),
        word("cache_write_tokens"),
        word("audio_tokens"),
        word("text_tokens"),
        word("image_tokens"),
        word("reasoning_tokens"),
        word("accepted_prediction_tokens"),
        word("rejected_prediction_tokens"),
    ],
);

static CHOICE: SayShape = Shape::new(
    Place::Choice,
    &[
        frame("index"),
        say("finish_reason", Say::Finish),
        say("message", Say::Unknown).within(&CHAT_MESSAGE),
        say("logprobs", Say::Unknown).within(&LOGPROBS),
    ],
);

static CHAT_MESSAGE: SayShape = Shape::new(
    Place::Same,
    &[
        word("role"),
        full("content", Kind::Text).within(&CONTENT_PART),
        full("refusal", Kind::Refusal),
        full("reasoning_content", Kind::Reasoning),
        full("reasoning", Kind::Reasoning),
        say("tool_calls", Say::Unknown).within(&TOOL_CALL),
        say("function_call", Say::Unknown).within(&CALLED),
        say("annotations", Say::Full(Kind::Citation)).within(&ANNOTATION),
        say("audio", Say::Unknown).within(&AUDIO),
    ],
);

static CONTENT_PART: SayShape =
    Shape::new(Place::Same, &[word("type"), full("text", Kind::Text), full("refusal", Kind::Refusal)]);

static TOOL_CALL: SayShape = Shape::new(
    Place::Item,
    &[
        word("index"),
        word("id"),
        word("type"),
        say("function", Say::Unknown).within(&CALLED),
        say("custom", Say::Unknown).within(&CALLED),
    ],
);

static CALLED: SayShape = Shape::new(
    Place::Same,
    &[
        full("name", Kind::ToolName),
        say("arguments", Say::Json(Kind::ToolArguments)),
        full("input", Kind::ToolArguments),
    ],
);

static ANNOTATION: SayShape = Shape::new(
    Place::Same,
    &[
        word("type"),
        word("index"),
        word("start_index"),
        word("end_index"),
        full("title", Kind::Citation),
        full("url", Kind::Citation),
        full("quote", Kind::Citation),
        full("filename", Kind::Citation),
        word("file_id"),
        word("container_id"),
        say("url_citation", Say::Full(Kind::Citation)).within(&ANNOTATION),
    ],
);

static AUDIO: SayShape = Shape::new(
    Place::Same,
    &[word("id"), word("expires_at"), say("data", Say::Sealed), full("transcript", Kind::Text)],
);

static LOGPROBS: SayShape = Shape::new(
    Place::Same,
    &[say("content", Say::Unknown).within(&TOKEN), say("refusal", Say::Unknown).within(&TOKEN)],
);

static TOKEN: SayShape = Shape::new(
    Place::Same,
    &[
        say("token", Say::Token),
        say("bytes", Say::TokenBytes),
        word("logprob"),
        say("top_logprobs", Say::Unknown).within(&TOKEN),
    ],
);

pub(super) static CHAT_CHUNK: SayShape = Shape::new(
    Place::Same,
    &[
        frame("id"),
        frame("object"),
        frame("created"),
        frame("model"),
        frame("service_tier"),
        frame("system_fingerprint"),
        frame("obfuscation"),
        word("usage").within(&USAGE),
        say("choices", Say::Unknown).within(&CHUNK_CHOICE),
        say("error", Say::Unknown).within(&ERROR),
    ],
);

static CHUNK_CHOICE: SayShape = Shape::new(
    Place::Choice,
    &[
        frame("index"),
        say("delta", Say::Unknown).within(&DELTA),
        say("finish_reason", Say::Finish),
        say("logprobs", Say::Unknown).within(&LOGPROBS),
    ],
);

static DELTA: SayShape = Shape::new(
    Place::Same,
    &[
        word("role"),
        delta("content", Kind::Text),
        delta("refusal", Kind::Refusal),
        delta("reasoning_content", Kind::Reasoning),
        delta("reasoning", Kind::Reasoning),
        say("tool_calls", Say::Calls),
        say("function_call", Say::Calls),
        say("annotations", Say::Full(Kind::Citation)).within(&ANNOTATION),
        say("audio", Say::Unknown).within(&AUDIO_DELTA),
    ],
);

static AUDIO_DELTA: SayShape = Shape::new(
    Place::Item,
    &[word("id"), word("expires_at"), say("data", Say::Sealed), say("transcript", Say::Unknown)],
);

static ERROR: SayShape =
    Shape::new(Place::Same, &[full("message", Kind::Text), word("type"), word("code"), word("param"), word("status")]);

/// Plain and streamed completions look the same.
pub(super) static COMPLETION: SayShape = Shape::new(
    Place::Same,
    &[
        frame("id"),
        frame("object"),
        frame("created"),
        frame("model"),
        frame("system_fingerprint"),
        word("usage").within(&USAGE),
        say("choices", Say::Unknown).within(&COMPLETION_CHOICE),
        say("error", Say::Unknown).within(&ERROR),
    ],
);

static COMPLETION_CHOICE: SayShape = Shape::new(
    Place::Choice,
    &[
        frame("index"),
        delta("text", Kind::Text),
        say("finish_reason", Say::Finish),
        say("logprobs", Say::LegacyLogprobs),
    ],
);

pub(super) static EMBEDDINGS: SayShape = Shape::new(
    Place::Same,
    &[
        frame("object"),
        frame("model"),
        frame("id"),
        word("usage").within(&USAGE),
        say("data", Say::Unknown).within(&EMBEDDING),
    ],
);

static EMBEDDING: SayShape = Shape::new(Place::Same, &[frame("object"), frame("index"), say("embedding", Say::Sealed)]);

pub(super) static MODERATION: SayShape =
    Shape::new(Place::Same, &[frame("id"), frame("model"), say("results", Say::Unknown)]);

pub(super) static MODELS: SayShape =
    Shape::new(Place::Same, &[frame("object"), say("data", Say::Unknown).within(&MODEL)]);
static MODEL: SayShape =
    Shape::new(Place::Same, &[frame("id"), frame("object"), frame("created"), frame("owned_by"), frame("type")]);

pub(super) static RESPONSE: SayShape = Shape::new(
    Place::Same,
    &[
        frame("id"),
        frame("object"),
        frame("created_at"),
        frame("completed_at"),
        word("status"),
        frame("model"),
        say("output", Say::Unknown).within(&ITEM),
        full("output_text", Kind::Text),
        say("error", Say::Unknown).within(&ERROR),
        word("incomplete_details").within(&INCOMPLETE),
        full("instructions", Kind::Other(ECHO)).within(&ITEM),
        say("metadata", Say::Full(Kind::Other(ECHO))),
        say("tools", Say::Full(Kind::Other(ECHO))),
        say("tool_choice", Say::Full(Kind::Other(ECHO))),
        say("text", Say::Full(Kind::Other(ECHO))),
        say("prompt", Say::Full(Kind::Other(ECHO))),
        say("reasoning", Say::Full(Kind::Other(ECHO))),
        say("conversation", Say::Full(Kind::Other(ECHO))),
        frame("previous_response_id"),
        frame("user"),
        frame("safety_identifier"),
        frame("prompt_cache_key"),
        frame("service_tier"),
        frame("truncation"),
        frame("temperature"),
        frame("top_p"),
        frame("top_logprobs"),
        frame("max_output_tokens"),
        frame("max_tool_calls"),
        frame("parallel_tool_calls"),
        frame("background"),
        frame("store"),
        word("usage").within(&USAGE),
    ],
);

/// The channel of what a response repeats from its request.
const ECHO: u16 = u16::MAX;

static INCOMPLETE: SayShape = Shape::new(Place::Same, &[word("reason")]);

static ITEM: SayShape = Shape::new(
    Place::Item,
    &[
        word("id"),
        word("type"),
        word("status"),
        word("role"),
        word("call_id"),
        full("name", Kind::ToolName),
        say("arguments", Say::Json(Kind::ToolArguments)),
        full("input", Kind::ToolArguments),
        full("code", Kind::ToolArguments),
        full("output", Kind::Text).within(&PART),
        word("server_label"),
        say("content", Say::Full(Kind::Text)).within(&PART),
        say("summary", Say::Full(Kind::Reasoning)).within(&SUMMARY),
        say("action", Say::Full(Kind::ToolArguments)),
        say("encrypted_content", Say::Sealed),
        say("result", Say::Sealed),
        say("queries", Say::Full(Kind::ToolArguments)),
        say("results", Say::Full(Kind::Citation)),
        word("container_id"),
    ],
);

static SUMMARY: SayShape = Shape::new(Place::Part, &[word("type"), full("text", Kind::Reasoning)]);

static PART: SayShape = Shape::new(Place::Part, &PART_FIELDS).types(&[("reasoning_text", &SUMMARY)]);

static PART_FIELDS: [super::SayField; 6] = [
    word("type"),
    full("text", Kind::Text),
    full("refusal", Kind::Refusal),
    say("annotations", Say::Full(Kind::Citation)).within(&ANNOTATION),
    say("logprobs", Say::Unknown).within(&TOKEN),
    full("transcript", Kind::Text),
];

/// A part inside an event: the event says which.
static EVENT_PART: SayShape = Shape::new(Place::Same, &PART_FIELDS)
    .types(&[("reasoning_text", &EVENT_SUMMARY), ("summary_text", &EVENT_SUMMARY)]);
static EVENT_SUMMARY: SayShape = Shape::new(Place::Same, &[word("type"), full("text", Kind::Reasoning)]);

/// An event of a Responses stream. `delta` means something else in each, so each has its shape.
pub(super) static EVENT: SayShape = Shape::new(Place::Event, &EVENT_FIELDS).types(&[
    ("response.output_text.delta", &TEXT_DELTA),
    ("response.output_text.done", &TEXT_DONE),
    ("response.refusal.delta", &REFUSAL_DELTA),
    ("response.refusal.done", &REFUSAL_DONE),
    ("response.reasoning_text.delta", &REASONING_DELTA),
    ("response.reasoning_text.done", &REASONING_DONE),
    ("response.reasoning_summary_text.delta", &REASONING_DELTA),
    ("response.reasoning_summary_text.done", &REASONING_DONE),
    ("response.function_call_arguments.delta", &CALL_DELTA),
    ("response.mcp_call_arguments.delta", &CALL_DELTA),
    ("response.custom_tool_call_input.delta", &INPUT_DELTA),
    ("response.code_interpreter_call_code.delta", &INPUT_DELTA),
    ("response.audio.delta", &AUDIO_EVENT),
    ("error", &ERROR_EVENT),
]);

static EVENT_FIELDS: [super::SayField; 19] = [
    word("type"),
    frame("sequence_number"),
    frame("output_index"),
    frame("content_index"),
    frame("summary_index"),
    frame("annotation_index"),
    frame("partial_image_index"),
    frame("item_id"),
    frame("obfuscation"),
    say("response", Say::Unknown).within(&RESPONSE),
    say("item", Say::Unknown).within(&EVENT_ITEM),
    say("part", Say::Unknown).within(&EVENT_PART),
    say("annotation", Say::Full(Kind::Citation)).within(&ANNOTATION),
    say("partial_image_b64", Say::Sealed),
    full("name", Kind::ToolName),
    say("arguments", Say::Json(Kind::ToolArguments)),
    full("input", Kind::ToolArguments),
    full("code", Kind::ToolArguments),
    say("logprobs", Say::Unknown).within(&TOKEN),
];

/// An item inside an event: the event says which.
static EVENT_ITEM: SayShape = Shape::new(
    Place::Same,
    &[
        word("id"),
        word("type"),
        word("status"),
        word("role"),
        word("call_id"),
        full("name", Kind::ToolName),
        say("arguments", Say::Json(Kind::ToolArguments)),
        full("input", Kind::ToolArguments),
        full("code", Kind::ToolArguments),
        full("output", Kind::Text).within(&PART),
        word("server_label"),
        say("content", Say::Full(Kind::Text)).within(&PART),
        say("summary", Say::Full(Kind::Reasoning)).within(&SUMMARY),
        say("action", Say::Full(Kind::ToolArguments)),
        say("encrypted_content", Say::Sealed),
        say("result", Say::Sealed),
        say("queries", Say::Full(Kind::ToolArguments)),
        say("results", Say::Full(Kind::Citation)),
        word("container_id"),
    ],
);

macro_rules! event {
    ($name:ident, $($field:expr),+) => {
        static $name: SayShape = Shape::new(
            Place::Event,
            &[
                $($field,)+
                frame("type"),
                frame("sequence_number"),
                frame("output_index"),
                frame("content_index"),
                frame("summary_index"),
                frame("item_id"),
                frame("obfuscation"),
                say("logprobs", Say::Unknown).within(&TOKEN),
            ],
        );
    };
}

event!(TEXT_DELTA, delta("delta", Kind::Text));
event!(TEXT_DONE, full("text", Kind::Text));
event!(REFUSAL_DELTA, delta("delta", Kind::Refusal));
event!(REFUSAL_DONE, full("refusal", Kind::Refusal));
event!(REASONING_DELTA, delta("delta", Kind::Reasoning));
event!(REASONING_DONE, full("text", Kind::Reasoning));
event!(CALL_DELTA, say("delta", Say::Json(Kind::ToolArguments)));
event!(INPUT_DELTA, full("delta", Kind::ToolArguments));
event!(AUDIO_EVENT, say("delta", Say::Sealed));
event!(ERROR_EVENT, full("message", Kind::Text), word("code"), word("param"));

/// A chunk of our own making, whose tool calls are complete.
pub(super) static WHOLE_CHUNK: SayShape = Shape::new(
    Place::Same,
    &[
        frame("id"),
        frame("object"),
        frame("created"),
        frame("model"),
        say("choices", Say::Unknown).within(&WHOLE_CHOICE),
    ],
);
static WHOLE_CHOICE: SayShape = Shape::new(
    Place::Choice,
    &[frame("index"), word("finish_reason"), say("delta", Say::Unknown).within(&CHAT_MESSAGE)],
);
