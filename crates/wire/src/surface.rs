//! The routes that models are reached by, and the two dialects they speak.

/// One route of a provider's API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Surface {
    /// OpenAI chat completions.
    ChatCompletions,
    /// OpenAI legacy completions.
    Completions,
    /// OpenAI responses.
    Responses,
    /// OpenAI embeddings.
    Embeddings,
    /// OpenAI moderations.
    Moderations,
    /// Anthropic messages.
    Messages,
    /// Anthropic token counting.
    CountTokens,
    /// The list of models, which has no body.
    Models,
}

/// Whose errors, events and headers a surface uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Dialect {
    /// OpenAI and everything compatible with it.
    OpenAi,
    /// Anthropic and everything compatible with it.
    Anthropic,
}

impl Surface {
    /// Every surface, in the order of their listing.
    pub const ALL: [Self; 8] = [
        Self::ChatCompletions,
        Self::Completions,
        Self::Responses,
        Self::Embeddings,
        Self::Moderations,
        Self::Messages,
        Self::CountTokens,
        Self::Models,
    ];

    /// The path as clients call it.
    pub const fn path(self) -> &'static str {
        match self {
            Self::ChatCompletions => "/v1/chat/completions",
            Self::Completions => "/v1/completions",
            Self::Responses => "/v1/responses",
            Self::Embeddings => "/v1/embeddings",
            Self::Moderations => "/v1/moderations",
            Self::Messages => "/v1/messages",
            Self::CountTokens => "/v1/messages/count_tokens",
            Self::Models => "/v1/models",
        }
    }

    /// The dialect. [`Surface::Models`] exists in both and is listed as OpenAI's.
    pub const fn dialect(self) -> Dialect {
        match self {
            Self::Messages | Self::CountTokens => Dialect::Anthropic,
            _ => Dialect::OpenAi,
        }
    }

    /// Says whether an answer may be a stream.
    pub const fn can_stream(self) -> bool {
        matches!(self, Self::ChatCompletions | Self::Completions | Self::Responses | Self::Messages)
    }
}
