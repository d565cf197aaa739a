//! The answer's side of the contract: channels of text, and the filter they go through.
//!
//! Invariant: no text of a model reaches a client except through a [`Filter`].

use std::borrow::Cow;
use std::ops::Range;

use crate::call::ToolCall;

/// One stream of text inside an answer. Texts of one channel belong together, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Channel {
    /// The answer among `n`; for Responses the content part inside its item.
    pub choice: u32,
    /// The content block, output item or tool call.
    pub item: u32,
    /// What the text is.
    pub kind: Kind,
}

/// What the text of a channel is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// The answer itself.
    Text,
    /// What the model thought.
    Reasoning,
    /// The model's own refusal.
    Refusal,
    /// The name of a tool that is called.
    ToolName,
    /// The arguments of a tool call: JSON, as a rule.
    ToolArguments,
    /// A source: title, address or quotation.
    Citation,
    /// Tokens with their probabilities: 0 for what was said, from 1 for the alternatives by rank.
    Logprob(u16),
    /// A field that no table knows, numbered by its path.
    Other(u16),
}

/// What a filter lets go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Released {
    /// Text that may leave now.
    pub text: String,
    /// Bytes of this channel's input that are decided, from its beginning.
    pub settled: usize,
    /// Ranges of this channel's input that were replaced or removed and are decided.
    pub masked: Vec<Range<usize>>,
}

/// Decides what text may leave.
pub trait Filter {
    /// Why the answer is stopped.
    type Stop;

    /// Looks at a call of a tool as a whole, before any of its texts is decided. The same call may come again, where a
    /// protocol repeats it. By itself it lets every call pass.
    ///
    /// # Errors
    /// When the answer must be stopped.
    fn call(&mut self, _call: &ToolCall<'_>) -> Result<(), Self::Stop> {
        Ok(())
    }

    /// Takes the next text of a channel.
    ///
    /// # Errors
    /// When the answer must be stopped.
    fn push(&mut self, channel: &Channel, text: &str) -> Result<Released, Self::Stop>;

    /// Ends a channel: everything held is decided.
    ///
    /// # Errors
    /// When the answer must be stopped.
    fn finish(&mut self, channel: &Channel) -> Result<Released, Self::Stop>;

    /// Decides a text that is complete: plain answers, tool calls, and events that repeat what was streamed.
    ///
    /// # Errors
    /// When the answer must be stopped.
    fn whole<'t>(&mut self, channel: &Channel, text: &'t str) -> Result<Cow<'t, str>, Self::Stop>;
}

/// Tokens that an answer cost, as the provider counted them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Usage {
    /// Tokens read.
    pub input_tokens: u64,
    /// Tokens written.
    pub output_tokens: u64,
    /// Tokens read from the provider's cache, part of `input_tokens` on OpenAI surfaces.
    pub cached_tokens: u64,
}

/// An answer that was let through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The body for the client.
    pub body: bytes::Bytes,
    /// What it cost, when the provider says.
    pub usage: Option<Usage>,
}

/// Why an answer is not delivered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError<S> {
    /// The filter stopped it.
    #[error("the filter stopped the answer")]
    Stopped(S),
    /// The provider sent something that cannot be read, and so cannot be inspected.
    #[error("the provider's answer cannot be read: {0}")]
    Malformed(#[from] crate::error::ParseError),
}

/// The part of [`AnswerError`] that concerns streams, under the name used there.
pub type RelayError<S> = AnswerError<S>;
