//! What the provider understood of a request, whichever protocol it came in.
//!
//! Invariant: reading never fails; what has an unexpected shape is left out, as a careless provider would.

use serde_json::Value;

/// A request, in the few words the brain needs.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Prompt {
    /// System, developer and instruction texts.
    pub(super) system: Vec<String>,
    /// What was said since, oldest first.
    pub(super) turns: Vec<Turn>,
    /// The functions that may be called.
    pub(super) tools: Vec<Tool>,
    /// The JSON schema the answer must follow.
    pub(super) schema: Option<Value>,
}

/// One utterance.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Turn {
    pub(super) speaker: Speaker,
    pub(super) text: String,
}

/// Who said it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Speaker {
    /// The person.
    User,
    /// The model, earlier.
    Assistant,
    /// A tool result or a document: somebody outside the conversation.
    Outside,
}

/// A function on offer.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tool {
    pub(super) name: String,
    /// JSON schema of its arguments.
    pub(super) parameters: Value,
}

impl Prompt {
    /// Reads one message with a role, in any of the shapes of content.
    pub(super) fn hear(&mut self, role: &str, content: &Value) {
        match role {
            "system" | "developer" => self.system.push(plain_text(content)),
            "assistant" => self.listen(Speaker::Assistant, content),
            "tool" | "function" => self.listen(Speaker::Outside, content),
            _ => self.listen(Speaker::User, content),
        }
    }

    /// Reads content said by somebody; tool results and documents inside it are from outside.
    pub(super) fn listen(&mut self, speaker: Speaker, content: &Value) {
        for block in content.as_array().into_iter().flatten() {
            match block["type"].as_str() {
                Some("tool_result") => self.note(Speaker::Outside, plain_text(&block["content"])),
                Some("document") => {
                    let source = &block["source"];
                    self.note(Speaker::Outside, plain_text(source.get("data").unwrap_or(&source["content"])));
                }
                Some("search_result") => self.note(Speaker::Outside, plain_text(&block["content"])),
                _ => {}
            }
        }
        self.note(speaker, plain_text(content));
    }

    /// Adds an utterance; an empty one only of the model, which may have called functions without a word.
    pub(super) fn note(&mut self, speaker: Speaker, text: String) {
        if !text.is_empty() || speaker == Speaker::Assistant {
            self.turns.push(Turn { speaker, text });
        }
    }

    /// The last thing the person said.
    pub(super) fn question(&self) -> &str {
        self.last(Speaker::User).unwrap_or_default()
    }

    /// The last thing the person said, if the model has not spoken since.
    pub(super) fn open_question(&self) -> Option<&str> {
        let recent = self.turns.iter().rev().take_while(|turn| turn.speaker != Speaker::Assistant);
        recent.filter(|turn| turn.speaker == Speaker::User).map(|turn| turn.text.as_str()).next()
    }

    /// What came from outside since the model last spoke, newest first.
    pub(super) fn outside(&self) -> impl Iterator<Item = &str> {
        let recent = self.turns.iter().rev().take_while(|turn| turn.speaker != Speaker::Assistant);
        recent.filter(|turn| turn.speaker == Speaker::Outside).map(|turn| turn.text.as_str())
    }

    /// The length of everything read, in tokens (four characters each, as a rule of thumb).
    pub(super) fn tokens(&self) -> usize {
        let turns = self.turns.iter().map(|turn| &turn.text);
        self.system.iter().chain(turns).map(|text| tokens(text)).sum()
    }

    fn last(&self, speaker: Speaker) -> Option<&str> {
        self.turns.iter().rev().find(|turn| turn.speaker == speaker).map(|turn| turn.text.as_str())
    }
}

/// The length of a text in tokens.
pub(super) fn tokens(text: &str) -> usize {
    text.chars().count().div_ceil(4)
}

/// The text of content: a string, or the text parts of a list, joined by line ends.
pub(super) fn plain_text(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => {
            let texts: Vec<&str> = parts.iter().filter_map(|part| part.as_str().or(part["text"].as_str())).collect();
            texts.join("\n")
        }
        _ => String::new(),
    }
}

/// The functions of a `tools` list: OpenAI chat nests them in `function`, Responses and Anthropic do not.
pub(super) fn tools(list: &Value) -> Vec<Tool> {
    let tools = list.as_array().into_iter().flatten();
    tools
        .filter_map(|tool| {
            let function = tool.get("function").unwrap_or(tool);
            let parameters = function.get("parameters").or(function.get("input_schema"));
            let name = function["name"].as_str()?.to_owned();
            Some(Tool { name, parameters: parameters.cloned().unwrap_or_default() })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn text_parts_are_joined_and_other_parts_left_out() {
        assert_eq!(plain_text(&json!("a")), "a");
        assert_eq!(
            plain_text(&json!([{"type":"text","text":"a"},{"type":"image"},{"type":"text","text":"b"}])),
            "a\nb"
        );
        assert_eq!(plain_text(&json!(7)), "");
    }

    #[test]
    fn tool_results_and_documents_come_from_outside() {
        let mut prompt = Prompt::default();
        prompt.hear(
            "user",
            &json!([
                {"type":"tool_result","content":[{"type":"text","text":"18 degrees"}]},
                {"type":"document","source":{"type":"text","data":"a page"}},
                {"type":"text","text":"and now?"}
            ]),
        );
        assert_eq!(prompt.outside().collect::<Vec<_>>(), ["a page", "18 degrees"]);
        assert_eq!(prompt.question(), "and now?");
    }

    #[test]
    fn what_came_before_the_last_answer_is_old() {
        let mut prompt = Prompt::default();
        prompt.hear("tool", &json!("old"));
        prompt.hear("assistant", &json!("noted"));
        prompt.hear("user", &json!("hello"));
        assert_eq!(prompt.outside().count(), 0);
    }

    #[test]
    fn tools_are_read_in_every_shape() {
        let check = |tool| assert_eq!(tools(&json!([tool]))[0].name, "f");
        check(json!({"type":"function","function":{"name":"f","parameters":{}}}));
        check(json!({"type":"function","name":"f","parameters":{}}));
        check(json!({"name":"f","input_schema":{}}));
    }
}
