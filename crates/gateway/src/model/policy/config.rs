//! A policy as it is written: in the file, over the admin API, and as the shipped default.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::scope::Scope;
use crate::model::conversation::config::ConversationConfig;
use crate::model::moderation::config::ModerationConfig;
use crate::model::tool::config::ToolConfig;

/// What is inspected for whom, and what is done about what is found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyConfig {
    /// Unique name, shown to the one who is blocked.
    pub name: String,
    /// Whether verdicts are carried out or only recorded.
    #[serde(default)]
    pub mode: Mode,
    /// Which segments of a conversation are inspected.
    #[serde(default)]
    pub scan: Scan,
    /// The shape of the answer to a blocked request.
    #[serde(default)]
    pub block_answer: BlockAnswer,
    /// How an answer ends that is stopped after it began.
    #[serde(default)]
    pub stream_end: StreamEnd,
    /// The text of a refusal.
    #[serde(default = "refusal_text")]
    pub refusal_text: String,
    /// Whom it applies to. Empty lists stand for everybody.
    #[serde(default)]
    pub scope: Scope,
    /// Content that cannot be inspected and may pass all the same.
    #[serde(default)]
    pub allow_uninspected: Vec<UninspectedKind>,
    /// Adds a canary to the operator's prompt, so that rule LK001 notices when it comes back.
    #[serde(default)]
    pub canary: bool,
    /// Tells the model which text is an order and which is only text.
    #[serde(default)]
    pub harden: HardenConfig,
    /// Turns pseudonyms back on the way out. Without it, whoever this policy applies to gets the pseudonyms.
    #[serde(default = "restore")]
    pub restore: bool,
    /// Hosts that answers may link to without a second look. A leading dot takes in subdomains.
    #[serde(default)]
    pub link_hosts: Vec<String>,
    /// What answers are put into. What such a program would run is blocked, unless a rule says otherwise (`sink.sql`,
    /// `sink.browser`, `sink.shell`, `sink.template`); answers wait for their end where `sql` or `browser` is among it.
    #[serde(default)]
    pub sinks: Vec<Sink>,
    /// What the model may do with tools.
    #[serde(default)]
    pub tool: ToolConfig,
    /// What many mild findings are worth together.
    #[serde(default)]
    pub conversation: ConversationConfig,
    /// What `/v1/moderations` flags.
    #[serde(default)]
    pub moderation: ModerationConfig,
    /// First match decides: rules are read from the top, and what none of them takes is allowed.
    #[serde(default, rename = "rule")]
    pub rules: Vec<RuleConfig>,
}

/// A program that answers are put into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sink {
    /// A page, without escaping.
    Browser,
    /// An SQL statement, as part of its text.
    Sql,
    /// A command line.
    Shell,
    /// A template that is rendered after.
    Template,
}

impl Sink {
    /// The category of the rule about it.
    pub const fn category(self) -> &'static str {
        match self {
            Self::Browser => "sink.browser",
            Self::Sql => "sink.sql",
            Self::Shell => "sink.shell",
            Self::Template => "sink.template",
        }
    }
}

/// What is added to a prompt so that the model takes less for an order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct HardenConfig {
    /// How text from tools and documents is marked.
    pub spotlight: Spotlight,
    /// Says to the model that the operator stands above the user, and the user above what is read.
    pub hierarchy: bool,
}

impl HardenConfig {
    /// Whether anything is added.
    pub fn is_on(&self) -> bool {
        *self != Self::default()
    }
}

/// How text from tools and documents is marked. The marks are new in every request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Spotlight {
    /// Not at all.
    #[default]
    Off,
    /// It stands between two marks.
    Delimit,
    /// Two rare signs stand in the place of its spaces.
    Datamark,
}

/// One line of a policy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleConfig {
    /// A rule id (`SE001`), a family (`secret`), a category or its beginning (`pii.email`, `pii`), or `*` for all but
    /// `entity`, which has to be named.
    #[serde(rename = "match")]
    pub select: String,
    /// Where it looks.
    pub stages: Vec<Stage>,
    /// Whose text it looks at on the way in. Empty stands for everybody's.
    #[serde(default)]
    pub provenance: Vec<Origin>,
    /// What is done.
    pub action: Action,
    /// The least score that counts, 0 to 1.
    #[serde(default = "threshold")]
    pub threshold: f32,
    /// What a stream does while it cannot tell.
    #[serde(default)]
    pub stream: StreamMode,
    /// What stands in the place of masked text.
    #[serde(default)]
    pub mask: Mask,
    /// What happens when the rule could not run.
    #[serde(default)]
    pub on_error: OnError,
}

/// Whether verdicts are carried out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// They are.
    #[default]
    Enforce,
    /// They are recorded, and everything passes unchanged.
    Shadow,
}

/// Which segments are inspected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scan {
    /// What came since the last answer of the model, from anybody but the operator.
    LatestTurn,
    /// Everything but the operator's own text.
    #[default]
    Untrusted,
    /// Everything.
    All,
}

/// The shape of the answer to a blocked request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BlockAnswer {
    /// Status 400 with `content_filter`, which SDKs raise as an exception and do not retry.
    #[default]
    Error,
    /// Status 200 with a refusal in the provider's own form.
    Refusal,
    /// Nothing is stopped; the answer's `x-portcullis-verdict` header says what would have been.
    Annotate,
}

/// How an answer ends that is stopped after it began.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StreamEnd {
    /// As a finished answer whose reason is the content filter.
    #[default]
    Finish,
    /// With an error event, which SDKs raise as an exception.
    Error,
}

/// Where a rule looks.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Prompts on their way in.
    Input,
    /// Results of tools and retrieved documents on their way in.
    ToolResult,
    /// Answers on their way out.
    Output,
    /// Names and arguments of tool calls, on their way out and in the history.
    ToolCall,
}

/// Whose text it is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// System and developer prompts.
    Operator,
    /// The person or app that asks.
    User,
    /// The model, in the history.
    Assistant,
    /// A tool's result.
    ToolResult,
    /// A retrieved document.
    Retrieved,
    /// Names, descriptions and schemas of tools.
    ToolDefinition,
}

/// What is done, mildest first.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    JsonSchema,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Nothing, and nothing is recorded.
    #[default]
    Allow,
    /// It is recorded.
    Flag,
    /// The matched text is replaced.
    Mask,
    /// It is held for a person to decide.
    Review,
    /// It does not pass.
    Block,
}

/// What a stream does while a rule cannot tell yet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StreamMode {
    /// Text waits while it may still become a match.
    #[default]
    Hold,
    /// Everything waits for the end.
    Buffer,
    /// Nothing waits; a match ends the stream or is recorded, but what had left had left.
    Observe,
}

/// What stands in the place of masked text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mask {
    /// `[REDACTED:EMAIL]`.
    #[default]
    Label,
    /// A keyed pseudonym, which turns back into the original on the way out.
    Pseudonym,
    /// One replacement character (U+FFFD), so that what stood around it does not join.
    Remove,
    /// A keyed hash, the same for the same value, which nobody can turn back.
    Hash,
    /// Less of it: the year of a date, the network of an address. A label where nothing general can be said.
    Generalize,
    /// A made-up value from a range that is kept free for examples. A label where there is none.
    Synthetic,
    /// Encrypted in its own format (FF1); turns back on the way out. A label where it has too few digits and letters.
    Encrypt,
}

/// What happens when a rule could not run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnError {
    /// The request is answered with 503.
    #[default]
    Block,
    /// It passes, and the audit entry says that the rule did not run.
    Allow,
}

/// Content that cannot be inspected.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum UninspectedKind {
    /// Pictures.
    Image,
    /// Sound.
    Audio,
    /// Moving pictures.
    Video,
    /// Files and documents that are not plain text.
    File,
    /// Prompts as numbers.
    Tokens,
    /// History that the provider keeps (`previous_response_id`, `conversation`, stored prompts).
    StoredState,
    /// Blobs that only the provider can read (encrypted reasoning).
    Opaque,
    /// Tools that run at the provider and bring text in by themselves (web search, remote MCP).
    ProviderTool,
    /// Decodings that were cut off by the budget.
    Budget,
}

fn refusal_text() -> String {
    "I'm sorry, but I cannot assist with that request.".to_owned()
}

fn restore() -> bool {
    true
}

fn threshold() -> f32 {
    0.5
}
