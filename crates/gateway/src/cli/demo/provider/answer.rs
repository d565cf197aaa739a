//! What the provider says, whichever protocol it will leave in.
//!
//! Invariant: every field that a protocol can carry text in has a place here, so that a script can fill each of them.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::planted;
use super::prompt::tokens;

/// One choice of an answer.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Answer {
    /// Thoughts shown to the client.
    pub(super) reasoning: Option<String>,
    /// The text.
    pub(super) text: Option<String>,
    /// A refusal in the provider's own words.
    pub(super) refusal: Option<String>,
    /// Functions to call.
    pub(super) tools: Vec<ToolCall>,
    /// Sources of the text.
    pub(super) citations: Vec<Citation>,
    /// Tokens to report in log probabilities instead of the real ones.
    pub(super) tokens: Option<Vec<String>>,
    /// Tokens to report as alternatives to each token.
    pub(super) alternatives: Vec<String>,
}

/// A function call.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ToolCall {
    pub(super) name: String,
    /// JSON text; a script may also give the value itself.
    #[serde(deserialize_with = "json_text")]
    pub(super) arguments: String,
}

/// A source.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Citation {
    pub(super) url: String,
    pub(super) title: String,
    /// The passage that is cited.
    pub(super) text: String,
}

impl Answer {
    /// An answer of text alone.
    pub(super) fn say(text: impl Into<String>) -> Self {
        Self { text: Some(text.into()), ..Self::default() }
    }

    /// Its length in tokens.
    pub(super) fn tokens(&self) -> usize {
        let parts = [&self.reasoning, &self.text, &self.refusal].into_iter().flatten();
        let calls = self.tools.iter().map(|call| tokens(&call.name) + tokens(&call.arguments));
        parts.map(|text| tokens(text)).chain(calls).sum()
    }

    /// Puts planted secrets where a script names them.
    pub(super) fn fill(&mut self) {
        let texts = [&mut self.reasoning, &mut self.text, &mut self.refusal].into_iter().flatten();
        let calls = self.tools.iter_mut().flat_map(|call| [&mut call.name, &mut call.arguments]);
        let sources =
            self.citations.iter_mut().flat_map(|source| [&mut source.url, &mut source.title, &mut source.text]);
        let tokens = self.tokens.iter_mut().flatten().chain(&mut self.alternatives);
        texts.chain(calls).chain(sources).chain(tokens).for_each(|text| *text = planted::fill(text));
    }
}

fn json_text<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::String(text) => text,
        value => value.to_string(),
    })
}
