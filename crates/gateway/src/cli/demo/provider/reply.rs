//! What every surface needs to write an answer down: the request, the answers, ids, times and counts.
//!
//! Invariant: a reply is complete before its first byte is sent, so plain and streamed answers agree.

use serde_json::{Map, Value, json};

use super::answer::Answer;
use super::cut;
use super::dice::Dice;
use super::prompt::{Prompt, tokens};
use super::stream::Event;

/// One protocol's way to ask and to answer.
pub(super) trait Surface: Send + Sync + 'static {
    /// Where it is served.
    const PATH: &'static str;
    /// Whose error envelope it uses.
    const DIALECT: Dialect;

    /// Reads a request.
    fn prompt(request: &Value) -> Prompt;

    /// How many choices are asked for.
    fn choices(_request: &Value) -> usize {
        1
    }

    /// The plain answer.
    fn body(reply: &Reply<'_>) -> Value;

    /// The streamed answer.
    fn events(reply: &Reply<'_>) -> Vec<Event>;
}

/// Whose conventions apply to errors and keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    OpenAi,
    Anthropic,
}

/// An answer on its way to paper.
#[derive(Debug)]
pub(super) struct Reply<'r> {
    /// The request as it came.
    pub(super) request: &'r Value,
    /// One answer a choice; never empty.
    pub(super) answers: &'r [Answer],
    /// What ids are made of.
    pub(super) dice: Dice,
    /// Seconds since 1970.
    pub(super) created: i64,
    /// The length of the request in tokens.
    pub(super) prompt_tokens: usize,
    /// Characters in each piece of text on a stream.
    pub(super) chunk: Option<usize>,
}

impl Reply<'_> {
    /// The model's name, as it was asked for.
    pub(super) fn model(&self) -> &str {
        self.request["model"].as_str().unwrap_or("demo")
    }

    /// An id that depends on the request and its `purpose` alone.
    pub(super) fn id(&self, prefix: &str, purpose: &str) -> String {
        let mut dice = self.dice.clone();
        Dice::seeded(&format!("{}{purpose}", dice.roll())).id(prefix)
    }

    /// The first answer: the only one where a protocol has no choices.
    pub(super) fn answer(&self) -> &Answer {
        &self.answers[0]
    }

    /// A text in the pieces that events carry.
    pub(super) fn pieces(&self, text: &str) -> Vec<String> {
        cut::pieces(text, self.chunk, &mut Dice::seeded(text))
    }

    /// The length of all answers in tokens.
    pub(super) fn answer_tokens(&self) -> usize {
        self.answers.iter().map(Answer::tokens).sum::<usize>().max(1)
    }

    /// Tokens spent on thoughts.
    pub(super) fn reasoning_tokens(&self) -> usize {
        self.answers.iter().filter_map(|answer| answer.reasoning.as_ref()).map(|text| tokens(text)).sum()
    }

    /// The usage record of OpenAI's chat and completion surfaces.
    pub(super) fn usage(&self) -> Value {
        let (prompt, completion) = (self.prompt_tokens, self.answer_tokens());
        json!({
            "prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion,
            "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
            "completion_tokens_details": {
                "reasoning_tokens": self.reasoning_tokens(), "audio_tokens": 0,
                "accepted_prediction_tokens": 0, "rejected_prediction_tokens": 0
            }
        })
    }

    /// Says whether a stream is to end with a usage record.
    pub(super) fn includes_usage(&self) -> bool {
        self.request["stream_options"]["include_usage"] == json!(true)
    }

    /// How many alternatives log probabilities are to list; `None` when none are asked for.
    pub(super) fn alternatives(&self) -> Option<usize> {
        let count = |value: &Value| value.as_u64().and_then(|count| usize::try_from(count).ok());
        match &self.request["logprobs"] {
            Value::Bool(true) => Some(count(&self.request["top_logprobs"]).unwrap_or(0)),
            Value::Number(_) => count(&self.request["logprobs"]),
            _ => None,
        }
    }
}

/// One entry of log probabilities, as chat and Responses write it.
pub(super) fn logprob(token: &str, answer: &Answer, alternatives: usize) -> Value {
    let entry = |token: &str, logprob: f64| json!({"token": token, "logprob": logprob, "bytes": token.as_bytes()});
    let others = answer.alternatives.iter().map(String::as_str).chain([" the", " a", "."]);
    let ranked = std::iter::once(token).chain(others).take(alternatives).zip([-0.125, -2.5, -4.0, -5.5, -7.0]);
    let top: Vec<Value> = ranked.map(|(token, logprob)| entry(token, logprob)).collect();
    let mut own = entry(token, -0.125);
    own["top_logprobs"] = Value::Array(top);
    own
}

/// A copy of `value` with the fields of `more` added.
pub(super) fn with(value: &Value, more: Value) -> Value {
    let mut fields: Map<String, Value> = value.as_object().cloned().unwrap_or_default();
    if let Value::Object(more) = more {
        fields.extend(more);
    }
    Value::Object(fields)
}
