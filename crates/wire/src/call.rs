//! Calls of tools in an answer, each with its name and its input together.
//!
//! Texts of an answer go through a filter one by one; whether a tool may be called with this input needs both.
//! Invariant: a call is shown to [`Filter::call`] before any text of it leaves.

use crate::json::{Id, Json, Kind};
use crate::output::Filter;
use crate::surface::Surface;

/// A call of a tool in an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ToolCall<'a> {
    /// The tool's name; for calls that protocols have no name in, their type without `_call` (`local_shell`).
    pub name: &'a str,
    /// The input as JSON, or as the text that a tool without a schema takes; `None` while it is still to come.
    pub input: Option<&'a str>,
    /// Says whether the tool runs at the provider, so that its results enter the conversation unseen.
    pub runs_at_provider: bool,
}

/// Fields that hold the input of a Responses item.
const INPUTS: [&str; 6] = ["arguments", "input", "action", "operation", "code", "queries"];

/// Responses items whose tools the client runs.
const CLIENT_CALLS: [&str; 7] = [
    "function_call",
    "custom_tool_call",
    "local_shell_call",
    "shell_call",
    "apply_patch_call",
    "computer_call",
    "tool_search_call",
];

/// The calls in a plain answer, or in an event or chunk that holds complete ones.
pub(crate) fn calls<'a>(surface: Surface, json: Json<'a>) -> Vec<ToolCall<'a>> {
    let root = Json::ROOT;
    match surface {
        Surface::ChatCompletions => {
            let choices = list(json, root, "choices");
            let said = choices
                .flat_map(|choice| ["message", "delta"].into_iter().filter_map(move |key| json.find(choice, key)));
            said.flat_map(|message| of_message(json, message)).collect()
        }
        Surface::Responses => {
            let item = json.find(root, "item").into_iter();
            let nested = json.find(root, "response").into_iter().flat_map(|inner| list(json, inner, "output"));
            item.chain(list(json, root, "output")).chain(nested).filter_map(|item| of_item(json, item)).collect()
        }
        Surface::Messages => {
            let nested = json.find(root, "message").into_iter().flat_map(|inner| list(json, inner, "content"));
            list(json, root, "content").chain(nested).filter_map(|block| of_block(json, block)).collect()
        }
        _ => Vec::new(),
    }
}

/// Shows the calls of a document to the filter.
pub(crate) fn show<F: Filter>(surface: Surface, json: Json<'_>, filter: &mut F) -> Result<(), F::Stop> {
    calls(surface, json).iter().try_for_each(|call| filter.call(call))
}

/// The call that a content block of Messages is.
pub(crate) fn of_block<'a>(json: Json<'a>, block: Id) -> Option<ToolCall<'a>> {
    let kind = json.find_str(block, "type").filter(|kind| kind.ends_with("tool_use"))?;
    let name = json.find_str(block, "name").unwrap_or_default();
    Some(ToolCall {
        name,
        input: json.find(block, "input").map(|id| json.str(id)),
        runs_at_provider: kind != "tool_use",
    })
}

/// The call that an item of Responses is.
pub(crate) fn of_item<'a>(json: Json<'a>, item: Id) -> Option<ToolCall<'a>> {
    let kind = json.find_str(item, "type").unwrap_or_default();
    let name = json.find_str(item, "name");
    let input = input(json, item);
    let plain = kind.strip_suffix("_call");
    if plain.is_none() && (name.is_none() || input.is_none()) {
        return None;
    }
    let name = name.or(plain).unwrap_or_default();
    Some(ToolCall { name, input, runs_at_provider: !CLIENT_CALLS.contains(&kind) })
}

/// The input that an object of Responses holds.
pub(crate) fn input<'a>(json: Json<'a>, holder: Id) -> Option<&'a str> {
    INPUTS.iter().find_map(|key| json.find(holder, key)).map(|id| json.str(id))
}

fn of_message<'a>(json: Json<'a>, message: Id) -> impl Iterator<Item = ToolCall<'a>> {
    let calls = list(json, message, "tool_calls");
    let bodies = calls.flat_map(move |call| {
        // A call without either is still one: it has no name, and is judged as such.
        let known: Vec<Id> = ["function", "custom"].iter().filter_map(|key| json.find(call, key)).collect();
        if known.is_empty() { vec![call] } else { known }
    });
    let legacy = json.find(message, "function_call").filter(|id| json.kind(*id) == Kind::Object);
    bodies.chain(legacy).map(move |body| {
        let input = json.find(body, "arguments").or_else(|| json.find(body, "input")).map(|id| json.str(id));
        let name = json.find_str(body, "name").unwrap_or_default();
        ToolCall { name, input: Some(input.unwrap_or_default()), runs_at_provider: false }
    })
}

fn list<'a>(json: Json<'a>, holder: Id, key: &'static str) -> impl Iterator<Item = Id> + 'a {
    let found = json.find(holder, key).filter(|id| json.kind(*id) == Kind::Array);
    found.into_iter().flat_map(move |id| json.children(id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{Limits, Tree};

    #[track_caller]
    fn check(surface: Surface, text: &str, expected: &[(&str, Option<&str>, bool)]) {
        let mut tree = Tree::default();
        tree.parse(text, &Limits::default()).unwrap();
        let found = calls(surface, tree.on(text));
        let found: Vec<_> = found.iter().map(|call| (call.name, call.input, call.runs_at_provider)).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn a_call_is_seen_in_every_form_of_chat() {
        let call = r#"{"choices":[{"message":{"tool_calls":[{"function":{"name":"f","arguments":"{}"}},{"custom":{"name":"c","input":"x"}},{}],"function_call":{"name":"old","arguments":"1"}}}]}"#;
        let expected =
            [("f", Some("{}"), false), ("c", Some("x"), false), ("", Some(""), false), ("old", Some("1"), false)];
        check(Surface::ChatCompletions, call, &expected);
        check(Surface::ChatCompletions, r#"{"choices":[{"message":{"function_call":null,"tool_calls":null}}]}"#, &[]);
    }

    #[test]
    fn an_item_without_a_name_is_called_by_its_type() {
        let items = r#"{"output":[{"type":"message","content":[]},{"type":"local_shell_call","action":{"a":1}},{"type":"web_search_call"},{"type":"function_call","name":"f","arguments":"{}"},{"type":"function_call_output","output":"x"},{"type":"mcp_approval_request","name":"m","arguments":"{}"}]}"#;
        let expected = [
            ("local_shell", Some(r#"{"a":1}"#), false),
            ("web_search", None, true),
            ("f", Some("{}"), false),
            ("m", Some("{}"), true),
        ];
        check(Surface::Responses, items, &expected);
    }

    #[test]
    fn blocks_of_messages_say_where_their_tools_run() {
        let blocks = r#"{"content":[{"type":"text","text":"t"},{"type":"tool_use","name":"f","input":{"x":1}},{"type":"server_tool_use","name":"web_search","input":{}}]}"#;
        check(Surface::Messages, blocks, &[("f", Some(r#"{"x":1}"#), false), ("web_search", Some("{}"), true)]);
    }
}
