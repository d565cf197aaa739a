//! `POST /v1/chat/completions`.
//!
//! Invariant: the deltas of a stream, put together, are the message of the plain answer.

use serde_json::{Value, json};

use super::answer::{Answer, Citation, ToolCall};
use super::prompt::{self, Prompt};
use super::reply::{Dialect, Reply, Surface, logprob, with};
use super::stream::Event;

/// The chat surface.
pub(super) struct Chat;

impl Surface for Chat {
    const PATH: &'static str = "/v1/chat/completions";
    const DIALECT: Dialect = Dialect::OpenAi;

    fn prompt(request: &Value) -> Prompt {
        let mut prompt = Prompt { tools: prompt::tools(&request["tools"]), ..Prompt::default() };
        for message in request["messages"].as_array().into_iter().flatten() {
            prompt.hear(message["role"].as_str().unwrap_or_default(), &message["content"]);
        }
        prompt.schema = request["response_format"]["json_schema"].get("schema").cloned();
        if request["response_format"]["type"] == "json_object" {
            prompt.schema = Some(json!({"type": "object", "properties": {"answer": {"type": "string"}}}));
        }
        prompt
    }

    fn choices(request: &Value) -> usize {
        request["n"].as_u64().and_then(|n| usize::try_from(n).ok()).unwrap_or(1).clamp(1, 16)
    }

    fn body(reply: &Reply<'_>) -> Value {
        let choices = reply.answers.iter().enumerate().map(|(index, answer)| {
            json!({
                "index": index, "message": message(reply, index, answer),
                "logprobs": logprobs(reply, answer), "finish_reason": finish_reason(answer)
            })
        });
        json!({
            "id": reply.id("chatcmpl-", ""), "object": "chat.completion", "created": reply.created, "model": reply.model(),
            "choices": choices.collect::<Vec<_>>(), "usage": reply.usage(),
            "service_tier": "default", "system_fingerprint": "fp_0be1d1e47d"
        })
    }

    fn events(reply: &Reply<'_>) -> Vec<Event> {
        let mut choices: Vec<_> =
            reply.answers.iter().enumerate().map(|(i, answer)| deltas(reply, i, answer)).collect();
        let longest = choices.iter().map(Vec::len).max().unwrap_or(0);
        let mut events = Vec::new();
        // The choices take turns, as they do when they are sampled together.
        for turn in 0..longest {
            let now = choices.iter_mut().filter_map(|deltas| deltas.get_mut(turn).map(Value::take));
            events.extend(now.map(|choice| Event::data(&chunk(reply, json!([choice])))));
        }
        if reply.includes_usage() {
            events.push(Event::data(&with(&chunk(reply, json!([])), json!({ "usage": reply.usage() }))));
        }
        events.push(Event::done());
        events
    }
}

fn chunk(reply: &Reply<'_>, choices: Value) -> Value {
    let usage = if reply.includes_usage() { json!({"usage": null}) } else { json!({}) };
    let chunk = json!({
        "id": reply.id("chatcmpl-", ""), "object": "chat.completion.chunk", "created": reply.created,
        "model": reply.model(), "service_tier": "default", "system_fingerprint": "fp_0be1d1e47d", "choices": choices
    });
    with(&chunk, usage)
}

fn message(reply: &Reply<'_>, index: usize, answer: &Answer) -> Value {
    let mut message = json!({"role": "assistant", "content": answer.text, "refusal": answer.refusal});
    message["annotations"] = answer.citations.iter().map(annotation).collect();
    if let Some(reasoning) = &answer.reasoning {
        message["reasoning_content"] = json!(reasoning);
    }
    if !answer.tools.is_empty() {
        let calls = answer.tools.iter().enumerate();
        message["tool_calls"] = calls.map(|(number, call)| tool_call(reply, index, number, call)).collect();
    }
    message
}

fn tool_call(reply: &Reply<'_>, choice: usize, number: usize, call: &ToolCall) -> Value {
    let id = reply.id("call_", &format!("{choice}.{number}"));
    json!({"id": id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}})
}

fn annotation(source: &Citation) -> Value {
    let citation = json!({"url": source.url, "title": source.title, "start_index": 0, "end_index": 1});
    json!({"type": "url_citation", "url_citation": citation})
}

fn logprobs(reply: &Reply<'_>, answer: &Answer) -> Value {
    let Some(alternatives) = reply.alternatives() else { return Value::Null };
    let list = |text: &Option<String>| -> Option<Value> {
        let tokens = answer.tokens.clone().or_else(|| text.as_ref().map(|text| reply.pieces(text)))?;
        text.as_ref().map(|_| tokens.iter().map(|token| logprob(token, answer, alternatives)).collect())
    };
    json!({"content": list(&answer.text), "refusal": list(&answer.refusal)})
}

/// The choices of all chunks that one answer is streamed in.
fn deltas(reply: &Reply<'_>, index: usize, answer: &Answer) -> Vec<Value> {
    let choice = |delta: Value, logprobs: Value| json!({"index": index, "delta": delta, "logprobs": logprobs, "finish_reason": null});
    let mut deltas = vec![choice(json!({"role": "assistant", "content": "", "refusal": null}), Value::Null)];
    let reasoning = answer.reasoning.iter().flat_map(|text| reply.pieces(text));
    deltas.extend(reasoning.map(|piece| choice(json!({"reasoning_content": piece}), Value::Null)));
    for (field, text) in [("content", &answer.text), ("refusal", &answer.refusal)] {
        let pieces = text.iter().flat_map(|text| reply.pieces(text)).enumerate();
        deltas.extend(pieces.map(|(at, piece)| {
            let token =
                answer.tokens.as_ref().map_or(piece.clone(), |tokens| tokens.get(at).cloned().unwrap_or_default());
            let entry = reply.alternatives().map(|count| json!({ field: [logprob(&token, answer, count)] }));
            choice(json!({ field: piece }), entry.unwrap_or_default())
        }));
    }
    if !answer.citations.is_empty() {
        let annotations: Value = answer.citations.iter().map(annotation).collect();
        deltas.push(choice(json!({ "annotations": annotations }), Value::Null));
    }
    for (number, call) in answer.tools.iter().enumerate() {
        let mut start = tool_call(reply, index, number, call);
        start["index"] = json!(number);
        start["function"]["arguments"] = json!("");
        deltas.push(choice(json!({ "tool_calls": [start] }), Value::Null));
        let more = |piece: String| json!({"tool_calls": [{"index": number, "function": {"arguments": piece}}]});
        deltas.extend(reply.pieces(&call.arguments).into_iter().map(|piece| choice(more(piece), Value::Null)));
    }
    deltas.push(json!({"index": index, "delta": {}, "logprobs": null, "finish_reason": finish_reason(answer)}));
    deltas
}

fn finish_reason(answer: &Answer) -> &'static str {
    if answer.tools.is_empty() { "stop" } else { "tool_calls" }
}
