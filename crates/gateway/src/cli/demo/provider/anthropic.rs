//! `POST /v1/messages` and `POST /v1/messages/count_tokens`.
//!
//! Invariant: every event has its `event:` line, without which Anthropic's SDKs do not see it.

use serde_json::{Value, json};

use super::answer::{Answer, Citation};
use super::prompt::{self, Prompt};
use super::reply::{Dialect, Reply, Surface};
use super::stream::Event;

/// The Messages surface.
pub(super) struct Messages;

/// The same questions, only counted.
pub(super) struct CountTokens;

impl Surface for Messages {
    const PATH: &'static str = "/v1/messages";
    const DIALECT: Dialect = Dialect::Anthropic;

    fn prompt(request: &Value) -> Prompt {
        let mut prompt = Prompt { tools: prompt::tools(&request["tools"]), ..Prompt::default() };
        if request.get("system").is_some() {
            prompt.hear("system", &request["system"]);
        }
        for message in request["messages"].as_array().into_iter().flatten() {
            prompt.hear(message["role"].as_str().unwrap_or_default(), &message["content"]);
        }
        let format = request["output_config"].get("format").or(request.get("output_format"));
        prompt.schema = format.and_then(|format| format.get("schema")).cloned();
        prompt
    }

    fn body(reply: &Reply<'_>) -> Value {
        let mut message = skeleton(reply);
        message["content"] = blocks(reply).into_iter().map(|block| block.value).collect();
        message["stop_reason"] = json!(stop_reason(reply.answer()));
        message["usage"] = usage(reply, reply.answer_tokens());
        message
    }

    fn events(reply: &Reply<'_>) -> Vec<Event> {
        let mut events = vec![json!({"type": "message_start", "message": skeleton(reply)}), json!({"type": "ping"})];
        for (index, block) in blocks(reply).into_iter().enumerate() {
            events.push(json!({"type": "content_block_start", "index": index, "content_block": block.start}));
            let deltas = block.deltas.into_iter();
            events.extend(deltas.map(|delta| json!({"type": "content_block_delta", "index": index, "delta": delta})));
            events.push(json!({"type": "content_block_stop", "index": index}));
        }
        let delta = json!({"stop_reason": stop_reason(reply.answer()), "stop_sequence": null});
        events
            .push(json!({"type": "message_delta", "delta": delta, "usage": {"output_tokens": reply.answer_tokens()}}));
        events.push(json!({"type": "message_stop"}));
        events.iter().map(Event::typed).collect()
    }
}

impl Surface for CountTokens {
    const PATH: &'static str = "/v1/messages/count_tokens";
    const DIALECT: Dialect = Dialect::Anthropic;

    fn prompt(request: &Value) -> Prompt {
        Messages::prompt(request)
    }

    fn body(reply: &Reply<'_>) -> Value {
        json!({ "input_tokens": reply.prompt_tokens })
    }

    fn events(_reply: &Reply<'_>) -> Vec<Event> {
        Vec::new()
    }
}

/// A content block, whole and in pieces.
struct Block {
    value: Value,
    start: Value,
    deltas: Vec<Value>,
}

fn blocks(reply: &Reply<'_>) -> Vec<Block> {
    let answer = reply.answer();
    let thinking = answer.reasoning.iter().map(|text| thinking(reply, text));
    let said = answer.text.iter().chain(&answer.refusal);
    let text = said.map(|said| text(reply, said, &answer.citations));
    let tools = answer.tools.iter().enumerate().map(|(number, call)| {
        let id = reply.id("toolu_", &number.to_string());
        let input: Value = serde_json::from_str(&call.arguments).unwrap_or_else(|_| json!({"input": call.arguments}));
        let pieces = reply.pieces(&call.arguments).into_iter();
        Block {
            value: json!({"type": "tool_use", "id": id, "name": call.name, "input": input}),
            start: json!({"type": "tool_use", "id": id, "name": call.name, "input": {}}),
            deltas: pieces.map(|piece| json!({"type": "input_json_delta", "partial_json": piece})).collect(),
        }
    });
    thinking.chain(text).chain(tools).collect()
}

fn thinking(reply: &Reply<'_>, text: &str) -> Block {
    let signature = reply.id("sig", "thinking");
    let pieces = reply.pieces(text).into_iter();
    let mut deltas: Vec<Value> = pieces.map(|piece| json!({"type": "thinking_delta", "thinking": piece})).collect();
    deltas.push(json!({"type": "signature_delta", "signature": signature}));
    Block {
        value: json!({"type": "thinking", "thinking": text, "signature": signature}),
        start: json!({"type": "thinking", "thinking": "", "signature": ""}),
        deltas,
    }
}

fn text(reply: &Reply<'_>, said: &str, sources: &[Citation]) -> Block {
    let citations: Vec<Value> = sources.iter().map(citation).collect();
    let mut value = json!({"type": "text", "text": said});
    if !citations.is_empty() {
        value["citations"] = json!(citations);
    }
    let pieces = reply.pieces(said).into_iter().map(|piece| json!({"type": "text_delta", "text": piece}));
    let cited = citations.iter().map(|citation| json!({"type": "citations_delta", "citation": citation}));
    Block { value, start: json!({"type": "text", "text": ""}), deltas: pieces.chain(cited).collect() }
}

fn citation(source: &Citation) -> Value {
    json!({
        "type": "web_search_result_location", "cited_text": source.text, "url": source.url, "title": source.title,
        "encrypted_index": "Eo8BCioIAhgBIiQyYjQ0OWJmZi1lNm"
    })
}

fn skeleton(reply: &Reply<'_>) -> Value {
    json!({
        "id": reply.id("msg_", ""), "type": "message", "role": "assistant", "model": reply.model(), "content": [],
        "stop_reason": null, "stop_sequence": null, "usage": usage(reply, 1)
    })
}

fn usage(reply: &Reply<'_>, output: usize) -> Value {
    json!({
        "input_tokens": reply.prompt_tokens, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0,
        "output_tokens": output, "service_tier": "standard"
    })
}

fn stop_reason(answer: &Answer) -> &'static str {
    match (&answer.refusal, answer.tools.is_empty()) {
        (Some(_), _) => "refusal",
        (None, false) => "tool_use",
        (None, true) => "end_turn",
    }
}
