//! Endings of a stream that the official SDKs accept, whatever was sent before.
//!
//! Invariant: a finished choice is never finished again, and nothing is added behind a finished answer.

use super::chat::chunk;
use super::facts::Facts;
use super::line::State;
use crate::envelope;
use crate::output::Usage;
use crate::sse::Event;
use crate::surface::Surface;

/// How a blocked stream ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ending {
    /// Like an answer that the provider's own filter cut short.
    Clean,
    /// With an error that the SDK raises.
    Error,
}

/// The type of the error for a blocked answer, in both dialects.
const BLOCKED: &str = "invalid_request_error";
/// Why an answer ends that a policy stopped.
const FILTERED: &str = "content_filter";

/// The bytes that end a stream because of a policy.
pub(super) fn block(surface: Surface, state: &State, facts: &Facts, style: Ending, message: &str) -> Vec<u8> {
    if state.is_done {
        return Vec::new();
    }
    match (surface, style) {
        (Surface::Messages, Ending::Clean) => {
            end_message(state, facts, |usage| envelope::message_refusal(message, usage))
        }
        (Surface::Messages, Ending::Error) => error_event(surface, state, facts, BLOCKED, message),
        (Surface::Responses, Ending::Clean) => incomplete(state, facts, FILTERED),
        (_, Ending::Clean) => finish_choices(surface, state, facts, FILTERED),
        (_, Ending::Error) if is_finished(state) => done(),
        (_, Ending::Error) => error_event(surface, state, facts, BLOCKED, message),
    }
}

/// The bytes that end a stream that may not be longer.
pub(super) fn exhaust(surface: Surface, state: &State, facts: &Facts) -> Vec<u8> {
    if state.is_done {
        return Vec::new();
    }
    match surface {
        Surface::Messages => end_message(state, facts, envelope::message_cut),
        Surface::Responses => incomplete(state, facts, "max_output_tokens"),
        _ => finish_choices(surface, state, facts, "length"),
    }
}

/// The bytes that end a stream because the provider failed.
pub(super) fn fail(surface: Surface, state: &State, facts: &Facts, message: &str) -> Vec<u8> {
    if state.is_done {
        return Vec::new();
    }
    match surface {
        Surface::Messages => error_event(surface, state, facts, "api_error", message),
        Surface::Responses => {
            let mut response = response(facts, "failed");
            response["error"] = serde_json::json!({"code": "server_error", "message": message});
            let (mut out, sequence) = created(state, facts);
            out.extend(numbered(sequence, "response.failed", response));
            out
        }
        _ if is_finished(state) => done(),
        _ => error_event(surface, state, facts, "server_error", message),
    }
}

fn is_finished(state: &State) -> bool {
    !state.choices.is_empty() && state.choices.iter().all(|(_, is_finished)| *is_finished)
}

fn done() -> Vec<u8> {
    b"data: [DONE]\n\n".to_vec()
}

fn finish_choices(surface: Surface, state: &State, facts: &Facts, reason: &str) -> Vec<u8> {
    let is_chat = surface == Surface::ChatCompletions;
    let mut out = Vec::new();
    let mut write = |data: serde_json::Value| Event::new(None, data.to_string().as_bytes()).write(&mut out, &mut []);
    let unspoken = [(0, false)];
    let choices = if state.choices.is_empty() { &unspoken[..] } else { &state.choices };
    for (index, _) in choices.iter().filter(|(index, _)| !state.is_finished(*index)) {
        let choice = envelope::finished_choice(is_chat, *index, reason);
        write(chunk(facts, is_chat, choice));
    }
    if let Some(usage) = facts.usage.filter(|_| facts.has_usage_field) {
        let mut last = chunk(facts, is_chat, serde_json::Value::Null);
        last["choices"] = serde_json::json!([]);
        last["usage"] = envelope::chat_usage(usage);
        write(last);
    }
    out.extend(done());
    out
}

fn end_message(state: &State, facts: &Facts, last: impl FnOnce(Usage) -> serde_json::Value) -> Vec<u8> {
    let mut out = Vec::new();
    let mut write = |data: serde_json::Value| {
        let name = data["type"].as_str().unwrap_or_default().to_owned();
        Event::new(Some(&name), data.to_string().as_bytes()).write(&mut out, &mut []);
    };
    let usage = facts.usage.unwrap_or_default();
    if !state.is_started {
        write(envelope::message_start(&facts.id, &facts.model, usage));
    }
    for index in &state.blocks {
        write(serde_json::json!({"type": "content_block_stop", "index": index}));
    }
    if !state.is_finished(0) {
        write(last(usage));
    }
    write(serde_json::json!({"type": "message_stop"}));
    out
}

fn incomplete(state: &State, facts: &Facts, reason: &str) -> Vec<u8> {
    let (mut out, sequence) = created(state, facts);
    let mut response = response(facts, "incomplete");
    response["incomplete_details"] = serde_json::json!({ "reason": reason });
    out.extend(numbered(sequence, "response.incomplete", response));
    out
}

/// The event that SDKs want to see first, unless they have, and the number of the next.
fn created(state: &State, facts: &Facts) -> (Vec<u8>, u64) {
    if state.is_started {
        return (Vec::new(), facts.sequence);
    }
    (numbered(facts.sequence, "response.created", response(facts, "in_progress")), facts.sequence + 1)
}

fn response(facts: &Facts, status: &str) -> serde_json::Value {
    envelope::response(&facts.id, &facts.model, facts.created, status, facts.usage)
}

fn numbered(sequence: u64, name: &str, response: serde_json::Value) -> Vec<u8> {
    let data = serde_json::json!({"type": name, "response": response, "sequence_number": sequence});
    let mut out = Vec::new();
    Event::new(Some(name), data.to_string().as_bytes()).write(&mut out, &mut []);
    out
}

/// An error as the SDK of the surface raises it, or, for Responses, shows it.
fn error_event(surface: Surface, state: &State, facts: &Facts, kind: &str, message: &str) -> Vec<u8> {
    let code = if kind == BLOCKED { "content_filter" } else { "upstream_error" };
    let mut out = Vec::new();
    let mut write =
        |name, data: serde_json::Value| Event::new(name, data.to_string().as_bytes()).write(&mut out, &mut []);
    match surface {
        Surface::Messages => {
            let error = serde_json::json!({"type": kind, "message": message});
            write(Some("error"), serde_json::json!({"type": "error", "error": error}));
        }
        Surface::Responses => {
            let (first, sequence) = created(state, facts);
            out.extend(first);
            let data = serde_json::json!({
                "type": "error", "code": code, "message": message, "param": null, "sequence_number": sequence,
            });
            Event::new(Some("error"), data.to_string().as_bytes()).write(&mut out, &mut []);
        }
        _ => write(None, serde_json::json!({"error": {"message": message, "type": kind, "param": null, "code": code}})),
    }
    out
}
