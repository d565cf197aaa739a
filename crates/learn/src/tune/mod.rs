//! Data that teaches a model to refuse what it should and nothing else, in the forms that trainers take.
//!
//! Three things are taught: to refuse ([`Lesson::Refuse`]), to answer what only sounds harmful ([`Lesson::Answer`]), and to do
//! the task at hand whatever a document in it demands ([`Lesson::Stay`]). Examples come from reviewed cases and red-team reports
//! ([`case`]), and are written where there are none ([`mod@write`]).
//!
//! Invariants: what is chosen is never what was rejected; nothing is in both parts of a [`set::Set`], nor anything nearly like it;
//! the same input makes the same output.

pub mod case;
pub mod near;
pub mod prompt;
pub mod set;
pub mod write;

use serde::{Deserialize, Serialize};

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The operator.
    System,
    /// The person.
    User,
    /// The model.
    Assistant,
}

/// One turn of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said.
    pub content: String,
}

/// What an example teaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lesson {
    /// To refuse.
    Refuse,
    /// To answer.
    Answer,
    /// To stay with the task.
    Stay,
}

/// One example: a conversation up to the answer, the answer to learn, and one to unlearn where there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// Ends with the person.
    pub prompt: Vec<Message>,
    /// The answer to learn.
    pub chosen: String,
    /// The answer to unlearn.
    pub rejected: Option<String>,
    /// What it teaches.
    pub lesson: Lesson,
    /// Where it comes from.
    pub source: &'static str,
}

/// How preference data is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `prompt`, `chosen`, `rejected`, as trainers of open models take it.
    Trl,
    /// `input`, `preferred_output`, `non_preferred_output`, as OpenAI's API takes it.
    OpenAi,
}

impl Message {
    /// A turn.
    pub fn new(role: Role, content: impl Into<String>) -> Self {
        Self { role, content: content.into() }
    }
}

impl Lesson {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Refuse => "refuse",
            Self::Answer => "answer",
            Self::Stay => "stay",
        }
    }
}

impl Example {
    /// The conversation with the answer to learn, as one line of chat data.
    pub fn chat(&self) -> String {
        let mut messages = self.prompt.clone();
        messages.push(Message::new(Role::Assistant, &self.chosen));
        serde_json::json!({ "messages": messages }).to_string()
    }

    /// Both answers, as one line of preference data; nothing where there is only one.
    pub fn preference(&self, form: Form) -> Option<String> {
        let answer = |content: &str| [Message::new(Role::Assistant, content)];
        let (chosen, rejected) = (answer(&self.chosen), answer(self.rejected.as_ref()?));
        let line = match form {
            Form::Trl => serde_json::json!({ "prompt": self.prompt, "chosen": chosen, "rejected": rejected }),
            Form::OpenAi => serde_json::json!({
                "input": { "messages": self.prompt },
                "preferred_output": chosen,
                "non_preferred_output": rejected,
            }),
        };
        Some(line.to_string())
    }

    /// All that is asked, as one text.
    pub fn asked(&self) -> String {
        self.prompt.iter().map(|message| message.content.as_str()).collect::<Vec<_>>().join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_what_trainers_take() {
        let example = Example {
            prompt: vec![Message::new(Role::User, "a \"b\"")],
            chosen: "c".to_owned(),
            rejected: Some("d".to_owned()),
            lesson: Lesson::Refuse,
            source: "test",
        };
        let chat = r#"{"messages":[{"content":"a \"b\"","role":"user"},{"content":"c","role":"assistant"}]}"#;
        let same = |line: &str, expected: &str| {
            let value = |text| serde_json::from_str::<serde_json::Value>(text).unwrap();
            assert_eq!(value(line), value(expected));
        };
        same(&example.chat(), chat);
        let turn = |content: &str| format!(r#"[{{"role":"assistant","content":"{content}"}}]"#);
        let asked = r#"[{"role":"user","content":"a \"b\""}]"#;
        let trl = format!(r#"{{"prompt":{asked},"chosen":{},"rejected":{}}}"#, turn("c"), turn("d"));
        same(&example.preference(Form::Trl).unwrap(), &trl);
        let openai = format!(
            r#"{{"input":{{"messages":{asked}}},"preferred_output":{},"non_preferred_output":{}}}"#,
            turn("c"),
            turn("d")
        );
        same(&example.preference(Form::OpenAi).unwrap(), &openai);
        assert!(Example { rejected: None, ..example }.preference(Form::Trl).is_none());
    }
}
