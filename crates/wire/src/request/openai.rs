//! OpenAI's request bodies.

use super::segment::{Opaque, Provenance};
use super::table::{Ask, AskField};
use super::table::{
    AskShape, CACHE_CONTROL, MESSAGE, PLAIN, SCHEMA, arguments, by, item, opaque, provider_tool, text, text_by, word,
};
use crate::shape::{Field, Shape};

const fn prompt(name: &'static str) -> AskField {
    Field::new(name, Ask::Prompt)
}

const fn definition(name: &'static str) -> AskField {
    text_by(name, Provenance::ToolDefinition)
}

pub(super) static CHAT: AskShape = Shape::new(
    PLAIN,
    &[
        word("model"),
        text("messages").within(&CHAT_MESSAGE),
        definition("tools").within(&TOOL),
        definition("functions").within(&FUNCTION),
        definition("response_format").within(&FORMAT),
        word("tool_choice").within(&CHOICE),
        word("function_call").within(&FUNCTION_NAME),
        text_by("prediction", Provenance::Assistant).within(&PART),
        opaque("web_search_options", Opaque::ProviderTool),
        word("audio").within(&VOICE),
        word("stream_options").within(&STREAM_OPTIONS),
        text("stop"),
        text("user"),
        text("safety_identifier"),
        text("prompt_cache_key"),
        text("metadata"),
        word("stream"),
        word("store"),
        word("n"),
        word("seed"),
        word("temperature"),
        word("top_p"),
        word("max_tokens"),
        word("max_completion_tokens"),
        word("frequency_penalty"),
        word("presence_penalty"),
        word("logprobs"),
        word("top_logprobs"),
        word("logit_bias"),
        word("parallel_tool_calls"),
        word("service_tier"),
        word("reasoning_effort"),
        word("verbosity"),
        word("modalities"),
    ],
);

static STREAM_OPTIONS: AskShape = Shape::new(PLAIN, &[word("include_usage"), word("include_obfuscation")]);
static VOICE: AskShape = Shape::new(PLAIN, &[word("voice"), word("format")]);

static CHAT_MESSAGE: AskShape = Shape::new(
    MESSAGE,
    &[
        word("role"),
        text("content").within(&PART),
        text("name"),
        text("tool_call_id"),
        text("tool_calls").within(&TOOL_CALL),
        text("function_call").within(&CALLED),
        text("refusal"),
        text("reasoning_content"),
        text("reasoning"),
        text("audio").within(&STORED_AUDIO),
        word("cache_control").within(&CACHE_CONTROL),
    ],
);

static STORED_AUDIO: AskShape = Shape::new(PLAIN, &[opaque("id", Opaque::History), opaque("data", Opaque::Audio)]);

static TOOL_CALL: AskShape = Shape::new(
    PLAIN,
    &[text("id"), word("type"), word("index"), text("function").within(&CALLED), text("custom").within(&CALLED)],
);

static CALLED: AskShape = Shape::new(PLAIN, &[text("name"), arguments("arguments"), text("input")]);

/// A part of a message. The names of what cannot be inspected hold for parts of every type.
static PART: AskShape = Shape::new(
    PLAIN,
    &[
        word("type"),
        text("text"),
        text("refusal"),
        text("content"),
        opaque("image_url", Opaque::Image).within(&IMAGE_URL),
        opaque("video_url", Opaque::Video).within(&IMAGE_URL),
        opaque("input_audio", Opaque::Audio).within(&AUDIO),
        opaque("audio_url", Opaque::Audio).within(&IMAGE_URL),
        opaque("file", Opaque::File).within(&FILE),
        opaque("file_id", Opaque::File),
        opaque("file_url", Opaque::File),
        opaque("file_data", Opaque::File),
        text("filename"),
        word("detail"),
        text("annotations"),
        word("cache_control").within(&CACHE_CONTROL),
    ],
);

static IMAGE_URL: AskShape = Shape::new(PLAIN, &[opaque("url", Opaque::Image), word("detail")]);
static AUDIO: AskShape = Shape::new(PLAIN, &[opaque("data", Opaque::Audio), word("format")]);

static FILE: AskShape = Shape::new(
    by(Provenance::Retrieved),
    &[opaque("file_data", Opaque::File), opaque("file_id", Opaque::File), text("filename")],
);

static TOOL: AskShape = Shape::new(
    by(Provenance::ToolDefinition),
    &[
        word("type"),
        text("name"),
        text("description"),
        word("strict"),
        text("parameters").within(&SCHEMA),
        text("function").within(&FUNCTION),
        text("custom").within(&FUNCTION),
    ],
)
.types(&[
    ("web_search", &PROVIDER_TOOL),
    ("file_search", &PROVIDER_TOOL),
    ("code_interpreter", &PROVIDER_TOOL),
    ("computer", &PROVIDER_TOOL),
    ("image_generation", &PROVIDER_TOOL),
    ("mcp", &PROVIDER_TOOL),
    ("tool_search", &PROVIDER_TOOL),
]);

static PROVIDER_TOOL: AskShape = Shape::new(provider_tool(), &[word("type")]);

static FUNCTION: AskShape = Shape::new(
    by(Provenance::ToolDefinition),
    &[text("name"), text("description"), word("strict"), text("parameters").within(&SCHEMA), text("format")],
);

static FUNCTION_NAME: AskShape = Shape::new(PLAIN, &[text("name")]);
static CHOICE: AskShape =
    Shape::new(PLAIN, &[word("type"), text("name"), text("function").within(&FUNCTION_NAME), word("mode")]);

static FORMAT: AskShape = Shape::new(
    by(Provenance::ToolDefinition),
    &[
        word("type"),
        text("name"),
        text("description"),
        word("strict"),
        text("schema").within(&SCHEMA),
        text("json_schema").within(&FORMAT),
    ],
);

pub(super) static COMPLETIONS: AskShape = Shape::new(
    PLAIN,
    &[
        word("model"),
        prompt("prompt"),
        prompt("suffix"),
        text("stop"),
        text("user"),
        word("stream"),
        word("stream_options").within(&STREAM_OPTIONS),
        word("n"),
        word("best_of"),
        word("echo"),
        word("seed"),
        word("temperature"),
        word("top_p"),
        word("max_tokens"),
        word("logprobs"),
        word("logit_bias"),
        word("frequency_penalty"),
        word("presence_penalty"),
    ],
);

pub(super) static EMBEDDINGS: AskShape =
    Shape::new(PLAIN, &[word("model"), prompt("input"), word("encoding_format"), word("dimensions"), text("user")]);

pub(super) static MODERATIONS: AskShape = Shape::new(PLAIN, &[word("model"), text("input").within(&PART)]);

pub(super) static RESPONSES: AskShape = Shape::new(
    PLAIN,
    &[
        word("model"),
        text("input").within(&ITEM),
        text_by("instructions", Provenance::Operator).within(&ITEM),
        definition("tools").within(&TOOL),
        word("tool_choice").within(&CHOICE),
        definition("text").within(&TEXT_OPTIONS),
        text("reasoning").within(&REASONING_OPTIONS),
        opaque("previous_response_id", Opaque::History),
        opaque("conversation", Opaque::History),
        opaque("prompt", Opaque::History).within(&STORED_PROMPT),
        word("include"),
        text("metadata"),
        text("user"),
        text("safety_identifier"),
        text("prompt_cache_key"),
        word("stream"),
        word("stream_options").within(&STREAM_OPTIONS),
        word("store"),
        word("background"),
        word("temperature"),
        word("top_p"),
        word("top_logprobs"),
        word("max_output_tokens"),
        word("max_tool_calls"),
        word("parallel_tool_calls"),
        word("service_tier"),
        word("truncation"),
    ],
);

static TEXT_OPTIONS: AskShape = Shape::new(PLAIN, &[text("format").within(&FORMAT), word("verbosity")]);
static REASONING_OPTIONS: AskShape = Shape::new(PLAIN, &[word("effort"), word("summary"), word("generate_summary")]);
static STORED_PROMPT: AskShape =
    Shape::new(PLAIN, &[opaque("id", Opaque::History), word("version"), text("variables").within(&VARIABLES)]);
static VARIABLES: AskShape = Shape::new(PLAIN, &[]).others(&PART);

/// An item of a Responses conversation; without a type it is a message.
static ITEM: AskShape = Shape::new(
    MESSAGE,
    &[
        word("role"),
        word("type"),
        word("status"),
        text("id"),
        text("content").within(&PART),
        opaque("encrypted_content", Opaque::Sealed),
    ],
)
.types(&[
    ("message", &ITEM),
    ("function_call", &CALL_ITEM),
    ("function_call_output", &OUTPUT_ITEM),
    ("custom_tool_call", &CALL_ITEM),
    ("custom_tool_call_output", &OUTPUT_ITEM),
    ("computer_call_output", &OUTPUT_ITEM),
    ("local_shell_call_output", &OUTPUT_ITEM),
    ("shell_call_output", &OUTPUT_ITEM),
    ("apply_patch_call_output", &OUTPUT_ITEM),
    ("mcp_call", &PROVIDER_CALL_ITEM),
    ("mcp_list_tools", &PROVIDER_CALL_ITEM),
    ("mcp_approval_response", &CALL_ITEM),
    ("file_search_call", &PROVIDER_CALL_ITEM),
    ("web_search_call", &PROVIDER_CALL_ITEM),
    ("code_interpreter_call", &PROVIDER_CALL_ITEM),
    ("image_generation_call", &PROVIDER_CALL_ITEM),
    ("item_reference", &REFERENCE_ITEM),
    ("compaction", &SEALED_ITEM),
    ("reasoning", &SEALED_ITEM),
]);

static CALL_ITEM: AskShape = Shape::new(
    item(Provenance::Assistant),
    &[word("type"), word("status"), text("id"), text("call_id"), text("name"), arguments("arguments"), text("input")],
);

static OUTPUT_ITEM: AskShape = Shape::new(
    item(Provenance::ToolResult),
    &[word("type"), word("status"), text("id"), text("call_id"), text("output").within(&PART)],
);

/// Something the provider ran; what came back is in it.
static PROVIDER_CALL_ITEM: AskShape = Shape::new(
    item(Provenance::ToolResult),
    &[
        word("type"),
        word("status"),
        text("id"),
        text("name"),
        text("server_label"),
        arguments("arguments"),
        text("output"),
        text("code"),
        text("results"),
        opaque("result", Opaque::Image),
    ],
);

static REFERENCE_ITEM: AskShape = Shape::new(item(Provenance::User), &[word("type"), opaque("id", Opaque::History)]);

static SEALED_ITEM: AskShape = Shape::new(
    item(Provenance::Assistant),
    &[
        word("type"),
        word("status"),
        text("id"),
        text("summary").within(&PART),
        text("content").within(&PART),
        opaque("encrypted_content", Opaque::Sealed),
    ],
);
