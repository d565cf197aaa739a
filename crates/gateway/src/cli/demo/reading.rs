//! What a client reads in an answer, plain or streamed, on any surface.
//!
//! Every text is collected by its place: the pieces of a stream are put together as an SDK would, so that a secret that
//! arrives in pieces is seen, in whatever field it arrives.
//!
//! Invariant: no field is left out; reading never fails, and what is not JSON is kept as raw text.

use std::collections::BTreeMap;

use serde_json::Value;

/// An answer as a client sees it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reading {
    /// Every text by its place.
    texts: BTreeMap<String, String>,
    /// The words meant for a person, in the order they came.
    pub shown: String,
    /// Says that a policy ended or refused it.
    pub blocked: bool,
    /// Says that it ended the way its SDK expects.
    pub ended: bool,
    /// Ids of the rules it names.
    pub rules: Vec<String>,
}

/// Fields with words for a person.
const SHOWN: &[&str] = &[
    "content",
    "text",
    "refusal",
    "reasoning_content",
    "thinking",
    "arguments",
    "partial_json",
    "delta",
    "input",
    "message",
    "explanation",
];
/// Events that end a stream well.
const ENDS: &[&str] = &["message_stop", "response.completed", "response.incomplete", "response.failed", "error"];
/// Reasons to end that only a policy has.
const BLOCKS: &[&str] = &["content_filter", "refusal"];

impl Reading {
    /// Reads a body.
    pub fn of(body: &[u8], streams: bool) -> Self {
        let mut reading = Self::default();
        let text = String::from_utf8_lossy(body);
        match serde_json::from_str::<Value>(&text) {
            Ok(value) => {
                reading.ended = true;
                reading.object(&value, "");
            }
            Err(_) if streams => reading.events(&text),
            Err(_) => reading.keep("raw", &text),
        }
        reading
    }

    /// Says whether any text, put together, contains `wanted`; JSON inside texts is looked into.
    pub fn contains(&self, wanted: &str) -> bool {
        let escaped = Value::from(wanted).to_string();
        let inside_json = escaped.trim_matches('"');
        self.texts.values().any(|text| {
            let decoded = || serde_json::from_str::<Value>(text).is_ok_and(|value| says(&value, wanted));
            text.contains(wanted) || text.contains(inside_json) || decoded()
        })
    }

    /// Adds rule ids found in `text`: two capitals and three digits.
    pub fn name_rules(&mut self, text: &str) {
        let words = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| is_rule_id(word));
        for word in words {
            if !self.rules.iter().any(|known| known == word) {
                self.rules.push(word.to_owned());
            }
        }
    }

    fn events(&mut self, text: &str) {
        for line in text.lines() {
            if let Some(comment) = line.strip_prefix(':') {
                self.name_rules(comment);
            }
            let Some(data) = line.strip_prefix("data:").map(str::trim) else { continue };
            match serde_json::from_str::<Value>(data) {
                Ok(event) => self.event(&event),
                Err(_) if data == "[DONE]" => self.ended = true,
                Err(_) => self.keep("raw", data),
            }
        }
    }

    fn event(&mut self, event: &Value) {
        let kind = event["type"].as_str().unwrap_or_default();
        self.ended |= ENDS.contains(&kind) || event.get("error").is_some_and(|error| !error.is_null());
        let index = event.get("output_index").or(event.get("index")).and_then(Value::as_u64).unwrap_or(0);
        self.object(event, &format!("{kind}#{index}"));
    }

    fn object(&mut self, value: &Value, place: &str) {
        if let Some(error) = value.get("error").filter(|error| error.is_object()) {
            self.name_rules(&error.to_string());
        }
        self.walk(value, place, place);
    }

    fn walk(&mut self, value: &Value, place: &str, event: &str) {
        match value {
            Value::String(text) => self.leaf(place, text, event),
            Value::Object(fields) => fields.iter().for_each(|(name, field)| {
                self.walk(field, &format!("{place}.{name}"), event);
                self.keep(&format!("{place}.{name} (name)"), name);
            }),
            Value::Array(items) => items.iter().enumerate().for_each(|(at, item)| {
                let index = item["index"].as_u64().unwrap_or(at as u64);
                self.walk(item, &format!("{place}[{index}]"), event);
            }),
            _ => {}
        }
    }

    fn leaf(&mut self, place: &str, text: &str, event: &str) {
        self.keep(place, text);
        let name = place.rsplit('.').next().unwrap_or_default();
        if ["finish_reason", "stop_reason", "reason", "code", "error_code"].contains(&name) {
            self.blocked |= BLOCKS.contains(&text);
        }
        self.blocked |= name == "refusal" && !text.is_empty();
        // Events that repeat what was streamed, and the head of a stream, add nothing to read.
        let repeats = event.starts_with("response.") && !event.contains(".delta");
        if SHOWN.contains(&name) && !repeats {
            self.shown.push_str(text);
        }
    }

    fn keep(&mut self, place: &str, text: &str) {
        self.texts.entry(place.to_owned()).or_default().push_str(text);
    }
}

/// Says whether a string or a name in `value` contains `wanted`, escapes decoded.
fn says(value: &Value, wanted: &str) -> bool {
    match value {
        Value::String(text) => text.contains(wanted),
        Value::Array(items) => items.iter().any(|item| says(item, wanted)),
        Value::Object(fields) => fields.iter().any(|(name, field)| name.contains(wanted) || says(field, wanted)),
        _ => false,
    }
}

fn is_rule_id(word: &str) -> bool {
    let (letters, digits) = word.split_at_checked(2).unwrap_or_default();
    digits.len() == 3 && letters.bytes().all(|b| b.is_ascii_uppercase()) && digits.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_of_a_stream_are_put_together() {
        let body = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"se\"}}]}\n\n\
                    data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"cret\"}}]}\n\ndata: [DONE]\n\n";
        let reading = Reading::of(body.as_bytes(), true);
        assert_eq!(reading.shown, "secret");
        assert!(reading.contains("secret") && reading.ended && !reading.blocked);
    }

    #[test]
    fn choices_are_not_mixed_up() {
        let body = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"se\"}},{\"index\":1,\"delta\":{\"content\":\"cret\"}}]}\n\n";
        assert!(!Reading::of(body.as_bytes(), true).contains("secret"));
    }

    #[test]
    fn a_block_is_recognised_on_every_surface() {
        let check = |body: &str, streams| assert!(Reading::of(body.as_bytes(), streams).blocked, "{body}");
        check(r#"{"error":{"message":"blocked","code":"content_filter"}}"#, false);
        check(r#"{"type":"message","stop_reason":"refusal"}"#, false);
        check(r#"{"choices":[{"message":{"content":null,"refusal":"No."},"finish_reason":"stop"}]}"#, false);
        check(r#"{"status":"incomplete","incomplete_details":{"reason":"content_filter"}}"#, false);
        check("data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"content_filter\"}]}\n\n", true);
    }

    #[test]
    fn rules_are_named_by_errors_and_comments() {
        let error = Reading::of(br#"{"error":{"message":"blocked by rule IN001 (JSON200X)"}}"#, false);
        assert_eq!(error.rules, ["IN001"]);
        assert_eq!(Reading::of(b": portcullis SE001,SE004\n\n", true).rules, ["SE001", "SE004"]);
    }

    #[test]
    fn a_stream_that_is_cut_has_not_ended() {
        assert!(!Reading::of(b"data: {\"choices\":[]}\n\n", true).ended);
    }

    #[test]
    fn what_is_escaped_in_tool_arguments_is_found() {
        let body = r#"{"arguments":"{\"content\":\"line one\\nline two\"}"}"#;
        assert!(Reading::of(body.as_bytes(), false).contains("line one\nline two"));
    }
}
