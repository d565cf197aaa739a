//! What a request declares: its tools, and the schema that it wants the answer in.

use super::Request;
use crate::json::{Id, Json, Kind};
use crate::surface::Surface;

/// A tool that a request declares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ToolDefinition<'r> {
    /// Its name, or its type where it has none (`web_search`).
    pub name: &'r str,
    /// What it says of itself to the model.
    pub description: &'r str,
    /// The JSON Schema of its input, as it stands in the body.
    pub schema: Option<&'r str>,
    /// All of the definition, as it stands in the body.
    pub definition: &'r str,
}

impl Request {
    /// The tools that the request declares, in order.
    pub fn tools(&self) -> Vec<ToolDefinition<'_>> {
        let json = self.json();
        let listed = ["tools", "functions"].into_iter().filter_map(|key| json.find(Json::ROOT, key));
        let listed = listed.filter(|id| json.kind(*id) == Kind::Array).flat_map(|id| json.children(id));
        listed.map(|tool| definition(json, tool)).collect()
    }

    /// The end user that the application names: `user`, `safety_identifier` or `metadata.user_id`.
    pub fn end_user(&self) -> Option<&str> {
        let json = self.json();
        let paths: [&[&str]; 3] = [&["safety_identifier"], &["user"], &["metadata", "user_id"]];
        let found = paths.iter().filter_map(|path| json.find_path(Json::ROOT, path));
        found.filter(|id| json.kind(*id) == Kind::String).map(|id| json.str(id)).find(|name| !name.is_empty())
    }

    /// The tools whose results stand in the conversation, by the calls that they answer; `None` for a result that
    /// answers no call, or calls of several tools.
    pub fn results(&self) -> Vec<Option<&str>> {
        let json = self.json();
        let mut calls: Vec<(&str, &str)> = Vec::new();
        let mut results: Vec<Result<&str, &str>> = Vec::new();
        for id in self.turns() {
            let text = |key| json.find_str(id, key);
            match (text("role"), text("type").unwrap_or_default()) {
                (Some("tool"), _) => results.push(Ok(text("tool_call_id").unwrap_or_default())),
                (Some("function"), _) => results.push(Err(text("name").unwrap_or_default())),
                (_, kind) if kind.ends_with("_output") => results.push(Ok(text("call_id").unwrap_or_default())),
                (_, kind) if kind.ends_with("_call") => calls.extend(text("call_id").zip(text("name"))),
                (_, kind) if kind.ends_with("tool_use") => calls.extend(text("id").zip(text("name"))),
                (_, kind) if kind.ends_with("tool_result") => {
                    results.push(Ok(text("tool_use_id").unwrap_or_default()));
                }
                _ => {
                    let made = json.find(id, "tool_calls").into_iter().flat_map(|list| json.children(list));
                    calls.extend(made.filter_map(|call| {
                        let body = ["function", "custom"].iter().find_map(|key| json.find(call, key))?;
                        json.find_str(call, "id").zip(json.find_str(body, "name"))
                    }));
                }
            }
        }
        let named = |id: &str| {
            let mut names = calls.iter().filter(|(known, _)| *known == id).map(|(_, name)| *name);
            let first = names.next()?;
            names.all(|name| name == first).then_some(first)
        };
        results.into_iter().map(|result| result.map_or_else(Some, named)).collect()
    }

    /// The messages, items and content blocks of the conversation.
    fn turns(&self) -> Vec<Id> {
        let json = self.json();
        let listed = ["messages", "input"].into_iter().filter_map(|key| json.find(Json::ROOT, key));
        let turns = listed.filter(|id| json.kind(*id) == Kind::Array).flat_map(|id| json.children(id));
        turns
            .flat_map(|turn| {
                let content = json.find(turn, "content").filter(|id| json.kind(*id) == Kind::Array);
                std::iter::once(turn).chain(
                    content
                        .into_iter()
                        .flat_map(|id| json.children(id))
                        .filter(|block| json.find_str(*block, "type").is_some_and(|kind| kind.contains("tool_"))),
                )
            })
            .collect()
    }

    /// The JSON Schema that the answer is asked to conform to, as it stands in the body. For an answer in any JSON
    /// object (`json_object`) the schema that says so.
    pub fn answer_schema(&self) -> Option<&str> {
        let json = self.json();
        let find = |path: &[&str]| json.find_path(Json::ROOT, path).filter(|id| json.kind(*id) == Kind::Object);
        let (format, schema): (Option<Id>, &[&str]) = match self.surface {
            Surface::ChatCompletions => (find(&["response_format"]), &["json_schema", "schema"]),
            Surface::Responses => (find(&["text", "format"]), &["schema"]),
            Surface::Messages => (find(&["output_config", "format"]).or_else(|| find(&["output_format"])), &["schema"]),
            _ => return None,
        };
        match json.find_str(format?, "type") {
            Some("json_object") => Some(r#"{"type":"object"}"#),
            Some("json_schema") => Some(json.find_path(format?, schema).map_or("true", |id| json.raw(id))),
            _ => None,
        }
    }
}

fn definition(json: Json<'_>, tool: Id) -> ToolDefinition<'_> {
    let body = ["function", "custom"].iter().find_map(|key| json.find(tool, key)).unwrap_or(tool);
    let text = |key| json.find_str(body, key);
    let schema = ["parameters", "input_schema"].iter().find_map(|key| json.find(body, key));
    ToolDefinition {
        name: text("name").or_else(|| json.find_str(tool, "type")).unwrap_or_default(),
        description: text("description").unwrap_or_default(),
        schema: schema.filter(|id| json.kind(*id) != Kind::Null).map(|id| json.raw(id)),
        definition: json.raw(tool),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Limits;

    fn parse(surface: Surface, body: &str) -> Request {
        Request::parse(surface, body.to_owned().into(), &Limits::default()).unwrap()
    }

    #[test]
    fn tools_are_read_in_every_form() {
        let body = r#"{"tools":[{"type":"function","function":{"name":"a","description":"d","parameters":{"type":"object"}}},{"type":"function","name":"b","parameters":null},{"name":"c","input_schema":{}},{"type":"web_search"}],"functions":[{"name":"old"}]}"#;
        let request = parse(Surface::ChatCompletions, body);
        let found: Vec<_> = request.tools().iter().map(|tool| (tool.name, tool.schema)).collect();
        let expected =
            [("a", Some(r#"{"type":"object"}"#)), ("b", None), ("c", Some("{}")), ("web_search", None), ("old", None)];
        assert_eq!(found, expected);
        assert_eq!(request.tools()[0].description, "d");
    }

    #[test]
    fn results_are_known_by_the_calls_that_they_answer() {
        let check = |surface, body: &str, expected: &[Option<&str>]| {
            assert_eq!(parse(surface, body).results(), expected, "{body}");
        };
        let chat = r#"{"messages":[{"role":"assistant","tool_calls":[{"id":"1","function":{"name":"clock"}}]},{"role":"tool","tool_call_id":"1","content":"9"},{"role":"tool","tool_call_id":"2","content":"x"},{"role":"function","name":"old","content":"y"}]}"#;
        check(Surface::ChatCompletions, chat, &[Some("clock"), None, Some("old")]);
        let responses = r#"{"input":[{"type":"function_call","call_id":"1","name":"clock","arguments":"{}"},{"type":"function_call_output","call_id":"1","output":"9"},{"type":"computer_call_output","call_id":"3"}]}"#;
        check(Surface::Responses, responses, &[Some("clock"), None]);
        let messages = r#"{"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"1","name":"clock"},{"type":"tool_use","id":"1","name":"fetch"}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"1","content":"9"}]}]}"#;
        check(Surface::Messages, messages, &[None]);
    }

    #[test]
    fn the_wanted_schema_is_read_on_every_surface() {
        let check = |surface, body, expected| assert_eq!(parse(surface, body).answer_schema(), expected, "{body}");
        let chat = r#"{"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"array"}}}}"#;
        check(Surface::ChatCompletions, chat, Some(r#"{"type":"array"}"#));
        let object = Some(r#"{"type":"object"}"#);
        check(Surface::ChatCompletions, r#"{"response_format":{"type":"json_object"}}"#, object);
        check(Surface::ChatCompletions, r#"{"response_format":{"type":"text"}}"#, None);
        check(Surface::Responses, r#"{"text":{"format":{"type":"json_schema","schema":{"a":1}}}}"#, Some(r#"{"a":1}"#));
        check(Surface::Messages, r#"{"output_format":{"type":"json_schema","schema":{}}}"#, Some("{}"));
        check(Surface::Messages, r#"{"output_config":{"format":{"type":"json_schema","schema":{}}}}"#, Some("{}"));
        check(Surface::Completions, r#"{"response_format":{"type":"json_object"}}"#, None);
    }
}
