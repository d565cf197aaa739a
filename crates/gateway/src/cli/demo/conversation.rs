//! What a conversation of the demonstration is: a request, and what is promised about its answer.
//!
//! Invariant: a promise can fail. What an answer must not contain has to be in the unguarded answer, or the row does not
//! count as kept.

use serde_json::Value;

/// One conversation.
#[derive(Debug, Clone)]
pub struct Conversation {
    /// A few words for the table.
    pub name: &'static str,
    /// Where it is sent.
    pub surface: Surface,
    /// The request body; the model's name and `stream` are in it.
    pub body: Value,
    /// What is promised with Portcullis.
    pub expect: Expect,
}

/// The protocol a conversation is held in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Surface {
    /// OpenAI chat completions.
    Chat,
    /// OpenAI text completions.
    Completions,
    /// OpenAI Responses.
    Responses,
    /// Anthropic Messages.
    Messages,
}

/// What is promised about an answer that went through the gateway.
#[derive(Debug, Clone, PartialEq)]
pub enum Expect {
    /// The client gets what it would get without the gateway.
    Same,
    /// The request is refused in a way the SDK understands, by a rule of one of these families (`IN`, `JB`).
    Blocked(&'static [&'static str]),
    /// The client gets an answer, or its beginning, but none of `secrets`; a rule of one of these families saw them.
    Kept {
        /// What must not arrive.
        secrets: Vec<String>,
        /// The families whose rules may say so.
        families: &'static [&'static str],
    },
    /// The provider never sees this text, and the client gets it back all the same.
    Restored(String),
}

impl Conversation {
    /// Says whether the answer is streamed.
    pub fn streams(&self) -> bool {
        self.body["stream"] == Value::Bool(true)
    }
}

impl Surface {
    /// Where it is served, after the base URL.
    pub fn path(self) -> &'static str {
        match self {
            Self::Chat => "/v1/chat/completions",
            Self::Completions => "/v1/completions",
            Self::Responses => "/v1/responses",
            Self::Messages => "/v1/messages",
        }
    }

    /// Its name in the table.
    pub fn label(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Completions => "completions",
            Self::Responses => "responses",
            Self::Messages => "messages",
        }
    }
}
