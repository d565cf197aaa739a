//! The answer itself: what a program reads that asked for structured output.

use crate::error::{ParseError, Reason};
use crate::json::{Id, Json, Kind, Limits, Tree};
use crate::surface::Surface;

/// The texts of a plain answer that are the answer itself, in order: no reasoning, no calls, no results of tools.
///
/// # Errors
/// When the body is not JSON within the limits.
pub fn said(surface: Surface, body: &[u8], limits: &Limits) -> Result<Vec<String>, ParseError> {
    let mut tree = Tree::default();
    let text = std::str::from_utf8(body).map_err(|_| ParseError::at_root(Reason::NotUtf8))?;
    tree.parse(text, limits)?;
    let json = tree.on(text);
    Ok(match surface {
        Surface::ChatCompletions => {
            let messages = children(json, Json::ROOT, "choices").filter_map(|choice| json.find(choice, "message"));
            messages.filter_map(|message| joined(json, json.find(message, "content")?)).collect()
        }
        Surface::Responses => {
            let parts = children(json, Json::ROOT, "output").flat_map(|item| children(json, item, "content"));
            texts(json, parts, "output_text")
        }
        Surface::Messages => texts(json, children(json, Json::ROOT, "content"), "text"),
        _ => Vec::new(),
    })
}

fn texts(json: Json<'_>, parts: impl Iterator<Item = Id>, kind: &str) -> Vec<String> {
    parts
        .filter(|part| json.find_str(*part, "type") == Some(kind))
        .filter_map(|part| json.find_str(part, "text").map(str::to_owned))
        .collect()
}

/// Content as a string, or its parts as one; `None` for none.
fn joined(json: Json<'_>, content: Id) -> Option<String> {
    match json.kind(content) {
        Kind::String => Some(json.str(content).to_owned()),
        Kind::Array => {
            let parts: Vec<&str> = json.children(content).filter_map(|part| json.find_str(part, "text")).collect();
            (!parts.is_empty()).then(|| parts.concat())
        }
        _ => None,
    }
}

fn children<'a>(json: Json<'a>, holder: Id, key: &'static str) -> impl Iterator<Item = Id> + 'a {
    json.find(holder, key).into_iter().flat_map(move |id| json.children(id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(surface: Surface, body: &str, expected: &[&str]) {
        assert_eq!(said(surface, body.as_bytes(), &Limits::default()).unwrap(), expected, "{body}");
    }

    #[test]
    fn only_the_answer_itself_counts() {
        let chat = r#"{"choices":[{"message":{"content":"a","reasoning":"r"}},{"message":{"content":[{"type":"text","text":"b"},{"text":"c"}]}},{"message":{"content":null,"refusal":"no"}}]}"#;
        check(Surface::ChatCompletions, chat, &["a", "bc"]);
        let responses = r#"{"output":[{"type":"reasoning","content":[{"type":"reasoning_text","text":"r"}]},{"type":"message","content":[{"type":"output_text","text":"a"},{"type":"refusal","refusal":"no"}]}]}"#;
        check(Surface::Responses, responses, &["a"]);
        let messages = r#"{"content":[{"type":"thinking","thinking":"t"},{"type":"text","text":"a"},{"type":"web_search_tool_result","content":[{"type":"text","text":"x"}]}]}"#;
        check(Surface::Messages, messages, &["a"]);
        check(Surface::Messages, r#"{"type":"error","error":{"message":"m"}}"#, &[]);
        assert!(said(Surface::Messages, b"{", &Limits::default()).is_err());
    }
}
