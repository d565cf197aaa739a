//! `POST /v1/responses`.
//!
//! Invariants: every event has its `event:` line and the next `sequence_number`; the last event repeats the plain answer.

use serde_json::{Value, json};

use super::answer::Citation;
use super::prompt::{self, Prompt, Speaker};
use super::reply::{Dialect, Reply, Surface, logprob, with};
use super::stream::Event;

/// The Responses surface.
pub(super) struct Responses;

impl Surface for Responses {
    const PATH: &'static str = "/v1/responses";
    const DIALECT: Dialect = Dialect::OpenAi;

    fn prompt(request: &Value) -> Prompt {
        let mut prompt = Prompt { tools: prompt::tools(&request["tools"]), ..Prompt::default() };
        prompt.schema = request["text"]["format"].get("schema").cloned();
        if request["instructions"].is_string() {
            prompt.hear("system", &request["instructions"]);
        }
        if request["input"].is_string() {
            prompt.hear("user", &request["input"]);
        }
        for item in request["input"].as_array().into_iter().flatten() {
            match item["type"].as_str() {
                Some("function_call") => prompt.note(Speaker::Assistant, String::new()),
                Some("function_call_output") => prompt.hear("tool", &item["output"]),
                _ => prompt.hear(item["role"].as_str().unwrap_or_default(), &item["content"]),
            }
        }
        prompt
    }

    fn body(reply: &Reply<'_>) -> Value {
        finished(reply, items(reply).into_iter().map(|item| item.done).collect())
    }

    fn events(reply: &Reply<'_>) -> Vec<Event> {
        let mut events = vec![
            json!({"type": "response.created", "response": skeleton(reply)}),
            json!({"type": "response.in_progress", "response": skeleton(reply)}),
        ];
        for (index, item) in items(reply).into_iter().enumerate() {
            events.push(json!({"type": "response.output_item.added", "output_index": index, "item": item.added}));
            let id = &item.done["id"];
            let inner = item.events.iter().map(|event| with(event, json!({"item_id": id, "output_index": index})));
            events.extend(inner);
            events.push(json!({"type": "response.output_item.done", "output_index": index, "item": item.done}));
        }
        events.push(json!({"type": "response.completed", "response": Self::body(reply)}));
        let numbered = events.iter().enumerate().map(|(number, event)| with(event, json!({"sequence_number": number})));
        numbered.map(|event| Event::typed(&event)).collect()
    }
}

/// An output item as it is announced, as it is completed, and the events between.
struct Item {
    added: Value,
    done: Value,
    events: Vec<Value>,
}

fn items(reply: &Reply<'_>) -> Vec<Item> {
    let answer = reply.answer();
    let mut items: Vec<Item> = answer.reasoning.iter().map(|text| reasoning(reply, text)).collect();
    if answer.text.is_some() || answer.refusal.is_some() {
        items.push(message(reply));
    }
    let calls = answer.tools.iter().enumerate().map(|(number, call)| {
        let (id, call_id) = (reply.id("fc_", &number.to_string()), reply.id("call_", &number.to_string()));
        let item = json!({"type": "function_call", "id": id, "call_id": call_id, "name": call.name});
        let pieces = reply.pieces(&call.arguments).into_iter();
        let mut events: Vec<Value> =
            pieces.map(|piece| json!({"type": "response.function_call_arguments.delta", "delta": piece})).collect();
        events.push(
            json!({"type": "response.function_call_arguments.done", "name": call.name, "arguments": call.arguments}),
        );
        Item {
            added: with(&item, json!({"status": "in_progress", "arguments": ""})),
            done: with(&item, json!({"status": "completed", "arguments": call.arguments})),
            events,
        }
    });
    items.extend(calls);
    items
}

fn reasoning(reply: &Reply<'_>, text: &str) -> Item {
    let item = json!({"type": "reasoning", "id": reply.id("rs_", "")});
    let part = |text: &str| json!({"type": "summary_text", "text": text});
    let at = |event: Value| with(&event, json!({"summary_index": 0}));
    let mut events = vec![at(json!({"type": "response.reasoning_summary_part.added", "part": part("")}))];
    let pieces = reply.pieces(text).into_iter();
    events.extend(pieces.map(|piece| at(json!({"type": "response.reasoning_summary_text.delta", "delta": piece}))));
    events.push(at(json!({"type": "response.reasoning_summary_text.done", "text": text})));
    events.push(at(json!({"type": "response.reasoning_summary_part.done", "part": part(text)})));
    Item { added: with(&item, json!({"summary": []})), done: with(&item, json!({"summary": [part(text)]})), events }
}

fn message(reply: &Reply<'_>) -> Item {
    let answer = reply.answer();
    let item = json!({"type": "message", "id": reply.id("msg_", ""), "role": "assistant"});
    let mut parts = Vec::new();
    let mut events = Vec::new();
    if let Some(text) = &answer.text {
        let (part, more) = output_text(reply, text);
        events.extend(more.into_iter().map(|event| with(&event, json!({"content_index": parts.len()}))));
        parts.push(part);
    }
    if let Some(refusal) = &answer.refusal {
        let (part, more) = output_refusal(reply, refusal);
        events.extend(more.into_iter().map(|event| with(&event, json!({"content_index": parts.len()}))));
        parts.push(part);
    }
    Item {
        added: with(&item, json!({"status": "in_progress", "content": []})),
        done: with(&item, json!({"status": "completed", "content": parts})),
        events,
    }
}

fn output_text(reply: &Reply<'_>, text: &str) -> (Value, Vec<Value>) {
    let answer = reply.answer();
    let wants =
        reply.request["include"].as_array().is_some_and(|list| list.contains(&json!("message.output_text.logprobs")));
    let count = reply.request["top_logprobs"].as_u64().and_then(|count| usize::try_from(count).ok()).unwrap_or(0);
    let pieces = reply.pieces(text);
    let entry = |at: usize| -> Option<Value> {
        let own = pieces.get(at)?;
        let token = answer.tokens.as_ref().map_or(Some(own), |tokens| tokens.get(at))?;
        wants.then(|| logprob(token, answer, count))
    };
    let all: Vec<Value> = (0..pieces.len()).filter_map(entry).collect();
    let annotations: Vec<Value> = answer.citations.iter().map(annotation).collect();
    let part = json!({"type": "output_text", "text": text, "annotations": annotations, "logprobs": all});
    let empty = json!({"type": "output_text", "text": "", "annotations": [], "logprobs": []});
    let mut events = vec![json!({"type": "response.content_part.added", "part": empty})];
    events.extend(pieces.iter().enumerate().map(|(at, piece)| {
        let logprobs: Vec<Value> = entry(at).into_iter().collect();
        json!({"type": "response.output_text.delta", "delta": piece, "logprobs": logprobs})
    }));
    events.extend(annotations.iter().enumerate().map(|(index, annotation)| {
        json!({"type": "response.output_text.annotation.added", "annotation_index": index, "annotation": annotation})
    }));
    events.push(json!({"type": "response.output_text.done", "text": text, "logprobs": all}));
    events.push(json!({"type": "response.content_part.done", "part": part}));
    (part, events)
}

fn output_refusal(reply: &Reply<'_>, refusal: &str) -> (Value, Vec<Value>) {
    let part = json!({"type": "refusal", "refusal": refusal});
    let mut events = vec![json!({"type": "response.content_part.added", "part": {"type": "refusal", "refusal": ""}})];
    let pieces = reply.pieces(refusal).into_iter();
    events.extend(pieces.map(|piece| json!({"type": "response.refusal.delta", "delta": piece})));
    events.push(json!({"type": "response.refusal.done", "refusal": refusal}));
    events.push(json!({"type": "response.content_part.done", "part": part}));
    (part, events)
}

fn annotation(source: &Citation) -> Value {
    json!({"type": "url_citation", "url": source.url, "title": source.title, "start_index": 0, "end_index": 1})
}

fn skeleton(reply: &Reply<'_>) -> Value {
    let asked = |name: &str, otherwise: Value| reply.request.get(name).cloned().unwrap_or(otherwise);
    json!({
        "id": reply.id("resp_", ""), "object": "response", "created_at": reply.created, "status": "in_progress",
        "background": false, "error": null, "incomplete_details": null, "instructions": asked("instructions", Value::Null),
        "max_output_tokens": null, "model": reply.model(), "output": [], "parallel_tool_calls": true,
        "previous_response_id": null, "reasoning": {"effort": null, "summary": null}, "service_tier": "default",
        "store": true, "temperature": 1.0, "text": asked("text", json!({"format": {"type": "text"}})),
        "tool_choice": asked("tool_choice", json!("auto")), "tools": asked("tools", json!([])), "top_p": 1.0,
        "truncation": "disabled", "usage": null, "user": null, "metadata": {}
    })
}

fn finished(reply: &Reply<'_>, output: Vec<Value>) -> Value {
    let (input, written) = (reply.prompt_tokens, reply.answer_tokens());
    let usage = json!({
        "input_tokens": input, "input_tokens_details": {"cached_tokens": 0}, "output_tokens": written,
        "output_tokens_details": {"reasoning_tokens": reply.reasoning_tokens()}, "total_tokens": input + written
    });
    with(&skeleton(reply), json!({"status": "completed", "output": output, "usage": usage}))
}
