//! Scripts: a test says exactly what the provider shall answer, field by field or byte by byte.
//!
//! A script stands in the question (`{"script": {"answer": {"text": "…"}, "chunk": 3}}`) or is registered beforehand
//! under a name and called by `run script NAME`, so that its content does not pass the gateway on the way in.
//! `{{github-token}}` and the like are replaced by planted secrets in both.
//!
//! Invariant: a script that cannot be read is an error the caller sees, never an ordinary answer.

use serde::Deserialize;
use serde_json::Value;

use super::answer::Answer;
use super::planted;

/// What to answer.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Script {
    /// The answer, for every choice.
    pub(super) answer: Answer,
    /// The answers choice by choice, instead.
    pub(super) choices: Vec<Answer>,
    /// Characters in each piece of text on a stream.
    pub(super) chunk: Option<usize>,
    /// Bytes in each write to the socket; 0 for one write an event.
    pub(super) cut: Option<usize>,
    /// The whole body of a plain answer, verbatim.
    pub(super) body: Option<Value>,
    /// All events of a stream, verbatim.
    pub(super) events: Option<Vec<ScriptedEvent>>,
}

/// One event of a stream, verbatim.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ScriptedEvent {
    /// The `event:` line, if there is to be one.
    #[serde(default)]
    pub(super) event: Option<String>,
    /// The `data:` line: JSON, or a string that is sent as it is (`[DONE]`).
    pub(super) data: Value,
}

/// How a question calls for a script.
#[derive(Debug, PartialEq)]
pub(super) enum Call<'q> {
    /// The script itself.
    Inline(Box<Script>),
    /// The name of a registered one.
    Named(&'q str),
}

impl Script {
    /// Reads a script from JSON text.
    ///
    /// # Errors
    /// When it is not JSON or has unknown fields.
    pub(super) fn read(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// The answers to `count` choices, with planted secrets in place.
    pub(super) fn answers(&self, count: usize) -> Vec<Answer> {
        let scripted = if self.choices.is_empty() { std::slice::from_ref(&self.answer) } else { &self.choices[..] };
        let mut answers: Vec<Answer> = scripted.iter().cycle().take(count.max(self.choices.len())).cloned().collect();
        answers.iter_mut().for_each(Answer::fill);
        answers
    }
}

/// Finds the call for a script in a question.
///
/// # Errors
/// When the question begins like a script and is none.
pub(super) fn called(question: &str) -> Result<Option<Call<'_>>, serde_json::Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Envelope {
        script: Script,
    }
    let question = question.trim();
    if question.starts_with('{') && question.contains("\"script\"") {
        return serde_json::from_str::<Envelope>(question).map(|found| Some(Call::Inline(Box::new(found.script))));
    }
    Ok(question.strip_prefix("run script ").map(|name| Call::Named(name.trim())))
}

/// What an event or a body says, with planted secrets in place: JSON text, or a string as it is.
pub(super) fn verbatim(value: &Value) -> String {
    match value {
        Value::String(text) => planted::fill(text),
        _ => filled(value).to_string(),
    }
}

fn filled(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(planted::fill(text)),
        Value::Array(items) => items.iter().map(filled).collect(),
        Value::Object(fields) => fields.iter().map(|(name, field)| (planted::fill(name), filled(field))).collect(),
        _ => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_script_in_the_question_is_read() {
        let question = r#"{"script":{"answer":{"text":"a","tools":[{"name":"f","arguments":{"x":1}}]},"chunk":2}}"#;
        let Ok(Some(Call::Inline(script))) = called(question) else { panic!("no script") };
        assert_eq!(script.answers(2).len(), 2);
        assert_eq!(script.answer.tools[0].arguments, "{\"x\":1}");
    }

    #[test]
    fn a_registered_script_is_called_by_name() {
        assert_eq!(called("run script leak-1").unwrap(), Some(Call::Named("leak-1")));
        assert_eq!(called("Where is Lisbon?").unwrap(), None);
    }

    #[test]
    fn a_broken_script_is_an_error() {
        assert!(called(r#"{"script":{"anwser":{}}}"#).is_err());
    }

    #[test]
    fn planted_secrets_are_put_in_place() {
        let filled = verbatim(&json!({"a":"{{github-token}}","b":"{{private-key}}","c":"{{"}));
        let value: Value = serde_json::from_str(&filled).unwrap();
        assert_eq!(value, json!({"a":planted::github_token(),"b":planted::private_key(),"c":"{{"}));
    }
}
