//! Answers of our own: errors in each dialect, and refusals that look like a model's.

use bytes::Bytes;
use serde_json::{Value, json};

use crate::output::Usage;
use crate::sse::Event;
use crate::surface::{Dialect, Surface};

/// What an error tells its caller. Never the text that caused it.
#[derive(Debug, Clone, PartialEq)]
pub struct ErrorInfo<'a> {
    /// The HTTP status, which some clients look for in the body too.
    pub status: u16,
    /// The type in the dialect's own words: `invalid_request_error`.
    pub kind: &'a str,
    /// A word for programs: `content_filter`.
    pub code: Option<&'a str>,
    /// The field at fault.
    pub param: Option<&'a str>,
    /// A sentence for people.
    pub message: &'a str,
    /// The id of the request.
    pub request_id: &'a str,
    /// More for programs; `innererror` for OpenAI, `error.details` for Anthropic.
    pub details: Option<Value>,
}

/// The body of an error.
pub fn error_body(dialect: Dialect, error: &ErrorInfo<'_>) -> Bytes {
    let body = match dialect {
        Dialect::OpenAi => openai_error(error),
        Dialect::Anthropic => anthropic_error(error),
    };
    body.to_string().into()
}

fn openai_error(error: &ErrorInfo<'_>) -> Value {
    let mut body = json!({
        "message": error.message, "type": error.kind, "param": error.param, "code": error.code, "status": error.status,
    });
    if let Some(details) = &error.details {
        body["innererror"] = details.clone();
    }
    json!({ "error": body })
}

fn anthropic_error(error: &ErrorInfo<'_>) -> Value {
    let mut body = json!({"type": error.kind, "message": error.message});
    if error.details.is_some() || error.code.is_some() {
        let mut details = error.details.clone().filter(Value::is_object).unwrap_or_else(|| json!({}));
        if let Some(code) = error.code {
            details["error_code"] = code.into();
        }
        body["details"] = details;
    }
    json!({"type": "error", "error": body, "request_id": error.request_id})
}

/// Who a refusal claims to come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin<'a> {
    /// The id of the answer.
    pub id: &'a str,
    /// The model that was asked for.
    pub model: &'a str,
    /// Seconds since 1970.
    pub created: u64,
}

/// A complete answer (HTTP 200) in which the model seems to refuse, plain or as a stream. Chat clients find the message as
/// the content and as the refusal, and `content_filter` as the finish reason.
pub fn refusal_answer(surface: Surface, origin: &Origin<'_>, message: &str, stream: bool) -> Bytes {
    let events = match surface {
        Surface::Messages | Surface::CountTokens => message_refused(origin, message, stream),
        Surface::Responses => response_refused(origin, message, stream),
        Surface::Completions => completion_refused(origin, message),
        _ => chat_refused(origin, message, stream),
    };
    if !stream {
        return events.first().map(Value::to_string).unwrap_or_default().into();
    }
    let mut out = Vec::new();
    for event in &events {
        let name = event["type"].as_str().filter(|_| surface != Surface::ChatCompletions);
        Event::new(name, event.to_string().as_bytes()).write(&mut out, &mut []);
    }
    if matches!(surface, Surface::ChatCompletions | Surface::Completions) {
        out.extend_from_slice(b"data: [DONE]\n\n");
    }
    out.into()
}

fn chat_refused(origin: &Origin<'_>, message: &str, stream: bool) -> Vec<Value> {
    let body = |object: &str, choice: Value| json!({"id": origin.id, "object": object, "created": origin.created, "model": origin.model, "choices": [choice]});
    let said = json!({"role": "assistant", "content": message, "refusal": message});
    if stream {
        let first = json!({"index": 0, "delta": said, "finish_reason": null});
        let last = finished_choice(true, 0, "content_filter");
        return vec![body("chat.completion.chunk", first), body("chat.completion.chunk", last)];
    }
    let choice = json!({"index": 0, "message": said, "logprobs": null, "finish_reason": "content_filter"});
    let mut answer = body("chat.completion", choice);
    answer["usage"] = chat_usage(Usage::default());
    vec![answer]
}

fn completion_refused(origin: &Origin<'_>, message: &str) -> Vec<Value> {
    let choice = json!({"index": 0, "text": message, "logprobs": null, "finish_reason": "content_filter"});
    vec![json!({
        "id": origin.id, "object": "text_completion", "created": origin.created, "model": origin.model,
        "choices": [choice], "usage": chat_usage(Usage::default()),
    })]
}

fn response_refused(origin: &Origin<'_>, message: &str, stream: bool) -> Vec<Value> {
    let item_id = format!("msg_{}", origin.id);
    let part = json!({"type": "refusal", "refusal": message});
    let item = |status: &str, content: Value| json!({"id": item_id, "type": "message", "role": "assistant", "status": status, "content": content});
    let response = |status: &str| response(origin.id, origin.model, origin.created, status, None);
    let mut last = response("incomplete");
    last["incomplete_details"] = json!({"reason": "content_filter"});
    last["output"] = json!([item("incomplete", json!([part]))]);
    last["usage"] = responses_usage(Usage::default());
    if !stream {
        return vec![last];
    }
    let at = json!({"item_id": item_id, "output_index": 0, "content_index": 0});
    let with = |extra: Value| merge(at.clone(), extra);
    let mut events = vec![
        json!({"type": "response.created", "response": response("in_progress")}),
        json!({"type": "response.output_item.added", "output_index": 0, "item": item("in_progress", json!([]))}),
        with(json!({"type": "response.content_part.added", "part": {"type": "refusal", "refusal": ""}})),
        with(json!({"type": "response.refusal.delta", "delta": message})),
        with(json!({"type": "response.refusal.done", "refusal": message})),
        with(json!({"type": "response.content_part.done", "part": part})),
        json!({"type": "response.output_item.done", "output_index": 0, "item": item("incomplete", json!([part]))}),
        json!({"type": "response.incomplete", "response": last}),
    ];
    for (sequence, event) in events.iter_mut().enumerate() {
        event["sequence_number"] = sequence.into();
    }
    events
}

fn merge(mut base: Value, extra: Value) -> Value {
    if let (Value::Object(base), Value::Object(extra)) = (&mut base, extra) {
        base.extend(extra);
    }
    base
}

fn message_refused(origin: &Origin<'_>, message: &str, stream: bool) -> Vec<Value> {
    let usage = Usage::default();
    if stream {
        let text = json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": message}});
        return vec![
            message_start(origin.id, origin.model, usage),
            json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
            text,
            json!({"type": "content_block_stop", "index": 0}),
            message_refusal(message, usage),
            json!({"type": "message_stop"}),
        ];
    }
    let mut answer = message_start(origin.id, origin.model, usage)["message"].take();
    answer["content"] = json!([{"type": "text", "text": message}]);
    answer["stop_reason"] = "refusal".into();
    answer["stop_details"] = stop_details(message);
    vec![answer]
}

/// A choice that was ended: by a filter, or because it may not be longer.
pub(crate) fn finished_choice(is_chat: bool, index: u32, reason: &str) -> Value {
    if is_chat {
        json!({"index": index, "delta": {}, "finish_reason": reason})
    } else {
        json!({"index": index, "text": "", "logprobs": null, "finish_reason": reason})
    }
}

pub(crate) fn chat_usage(usage: Usage) -> Value {
    json!({
        "prompt_tokens": usage.input_tokens, "completion_tokens": usage.output_tokens,
        "total_tokens": usage.input_tokens + usage.output_tokens,
    })
}

fn responses_usage(usage: Usage) -> Value {
    json!({
        "input_tokens": usage.input_tokens, "input_tokens_details": {"cached_tokens": usage.cached_tokens},
        "output_tokens": usage.output_tokens, "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": usage.input_tokens + usage.output_tokens,
    })
}

/// A response object with all that SDKs require.
pub(crate) fn response(id: &str, model: &str, created: u64, status: &str, usage: Option<Usage>) -> Value {
    json!({
        "id": id, "object": "response", "created_at": created, "status": status, "error": null,
        "incomplete_details": null, "instructions": null, "metadata": {}, "model": model, "output": [],
        "parallel_tool_calls": true, "temperature": null, "tool_choice": "auto", "tools": [], "top_p": null,
        "usage": usage.map(responses_usage),
    })
}

pub(crate) fn message_start(id: &str, model: &str, usage: Usage) -> Value {
    json!({"type": "message_start", "message": {
        "id": id, "type": "message", "role": "assistant", "model": model, "content": [],
        "stop_reason": null, "stop_sequence": null,
        "usage": {"input_tokens": usage.input_tokens, "output_tokens": usage.output_tokens},
    }})
}

pub(crate) fn message_refusal(message: &str, usage: Usage) -> Value {
    json!({
        "type": "message_delta",
        "delta": {"stop_reason": "refusal", "stop_sequence": null, "stop_details": stop_details(message)},
        "usage": {"output_tokens": usage.output_tokens},
    })
}

/// The end of a message that may not be longer.
pub(crate) fn message_cut(usage: Usage) -> Value {
    json!({
        "type": "message_delta",
        "delta": {"stop_reason": "max_tokens", "stop_sequence": null},
        "usage": {"output_tokens": usage.output_tokens},
    })
}

fn stop_details(message: &str) -> Value {
    json!({"type": "refusal", "category": null, "explanation": message})
}
