//! Anthropic's request bodies.

use super::segment::{Opaque, Provenance};
use super::table::{AskShape, CACHE_CONTROL, MESSAGE, PLAIN, SCHEMA, by, opaque, provider_tool, text, text_by, word};
use crate::shape::Shape;

pub(super) static MESSAGES: AskShape = Shape::new(
    PLAIN,
    &[
        word("model"),
        text_by("system", Provenance::Operator).within(&BLOCK),
        text("messages").within(&CLAUDE_MESSAGE),
        text_by("tools", Provenance::ToolDefinition).within(&TOOL),
        text("tool_choice").within(&TOOL_CHOICE),
        opaque("mcp_servers", Opaque::ProviderTool).within(&SERVER),
        opaque("container", Opaque::History),
        text("metadata").within(&METADATA),
        text("stop_sequences"),
        word("thinking").within(&THINKING),
        text("output_format").within(&FORMAT),
        text("output_config").within(&OUTPUT_CONFIG),
        word("cache_control").within(&CACHE_CONTROL),
        word("max_tokens"),
        word("temperature"),
        word("top_k"),
        word("top_p"),
        word("stream"),
        word("service_tier"),
    ],
);

static METADATA: AskShape = Shape::new(PLAIN, &[text("user_id")]);
static THINKING: AskShape = Shape::new(PLAIN, &[word("type"), word("budget_tokens"), word("display")]);
static TOOL_CHOICE: AskShape = Shape::new(PLAIN, &[word("type"), text("name"), word("disable_parallel_tool_use")]);
static FORMAT: AskShape =
    Shape::new(by(Provenance::ToolDefinition), &[word("type"), text("name"), text("schema").within(&SCHEMA)]);
static OUTPUT_CONFIG: AskShape = Shape::new(PLAIN, &[word("effort"), text("format").within(&FORMAT)]);

static CLAUDE_MESSAGE: AskShape = Shape::new(MESSAGE, &[word("role"), text("content").within(&BLOCK)]);

/// A content block. The names of what cannot be inspected hold for blocks of every type.
static BLOCK: AskShape = Shape::new(PLAIN, &BLOCK_FIELDS).types(&[
    ("image", &IMAGE),
    ("document", &DOCUMENT),
    ("search_result", &SEARCH_RESULT),
    ("tool_result", &TOOL_RESULT),
    ("mcp_tool_result", &TOOL_RESULT),
    ("web_search_tool_result", &TOOL_RESULT),
    ("web_fetch_tool_result", &TOOL_RESULT),
    ("code_execution_tool_result", &TOOL_RESULT),
    ("bash_code_execution_tool_result", &TOOL_RESULT),
    ("text_editor_code_execution_tool_result", &TOOL_RESULT),
    ("tool_search_tool_result", &TOOL_RESULT),
]);

static BLOCK_FIELDS: [super::table::AskField; 19] = [
    word("type"),
    text("text"),
    text("thinking"),
    text("title"),
    text("context"),
    text("id"),
    text("tool_use_id"),
    text("name"),
    text("input"),
    word("is_error"),
    text("content").within(&BLOCK),
    text("citations").within(&CITATION),
    opaque("signature", Opaque::Sealed),
    opaque("data", Opaque::Sealed),
    opaque("encrypted_content", Opaque::Sealed),
    opaque("encrypted_index", Opaque::Sealed),
    opaque("file_id", Opaque::File),
    opaque("source", Opaque::File).within(&SOURCE),
    word("cache_control").within(&CACHE_CONTROL),
];

static IMAGE: AskShape = Shape::new(
    PLAIN,
    &[
        word("type"),
        opaque("source", Opaque::Image).within(&IMAGE_SOURCE),
        word("cache_control").within(&CACHE_CONTROL),
    ],
);

static IMAGE_SOURCE: AskShape = Shape::new(
    PLAIN,
    &[
        word("type"),
        word("media_type"),
        opaque("data", Opaque::Image),
        opaque("url", Opaque::Image),
        opaque("file_id", Opaque::Image),
    ],
);

static DOCUMENT: AskShape = Shape::new(by(Provenance::Retrieved), &BLOCK_FIELDS);
static TOOL_RESULT: AskShape = Shape::new(by(Provenance::ToolResult), &BLOCK_FIELDS);

static SEARCH_RESULT: AskShape = Shape::new(
    by(Provenance::Retrieved),
    &[
        word("type"),
        text("source"),
        text("title"),
        text("content").within(&BLOCK),
        text("citations").within(&CITATION),
        word("cache_control").within(&CACHE_CONTROL),
    ],
);

static CITATION: AskShape = Shape::new(
    by(Provenance::Retrieved),
    &[
        word("type"),
        word("enabled"),
        text("cited_text"),
        text("document_title"),
        text("title"),
        text("url"),
        text("source"),
        opaque("file_id", Opaque::File),
        opaque("encrypted_index", Opaque::Sealed),
    ],
);

/// Where a document comes from.
static SOURCE: AskShape = Shape::new(
    PLAIN,
    &[
        word("type"),
        word("media_type"),
        opaque("data", Opaque::File),
        opaque("url", Opaque::File),
        opaque("file_id", Opaque::File),
        text("content").within(&BLOCK),
    ],
)
.types(&[("text", &TEXT_SOURCE)]);

static TEXT_SOURCE: AskShape = Shape::new(by(Provenance::Retrieved), &[word("type"), word("media_type"), text("data")]);

static TOOL: AskShape = Shape::new(
    by(Provenance::ToolDefinition),
    &[
        word("type"),
        text("name"),
        text("description"),
        text("input_schema").within(&SCHEMA),
        text("input_examples"),
        word("cache_control").within(&CACHE_CONTROL),
    ],
)
.types(&[
    ("web_search", &PROVIDER_TOOL),
    ("web_fetch", &PROVIDER_TOOL),
    ("code_execution", &PROVIDER_TOOL),
    ("tool_search_tool", &PROVIDER_TOOL),
    ("mcp_toolset", &PROVIDER_TOOL),
]);

static PROVIDER_TOOL: AskShape = Shape::new(provider_tool(), &[word("type"), text("name")]);
static SERVER: AskShape =
    Shape::new(provider_tool(), &[word("type"), text("name"), text("url"), text("authorization_token")]);
