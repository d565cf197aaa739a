//! The coverage matrix, walked: a credential through every cell that `portcullis coverage` lists.
//!
//! On the way in it must not reach the provider, on the way out it must not reach the client: whole, split over events
//! where a field grows, in a field's name, and behind JSON escapes where a field holds JSON.

use guard::secret::checksum::crc32_base62;
use http::{Method, StatusCode};
use portcullis::cli::demo::reading::Reading;
use serde_json::{Map, Value, json};
use wire::{Coverage, Direction, Surface, Treatment, coverage};

use crate::app::TestApp;

/// Everything is inspected, whoever wrote it; credentials are masked.
const POLICY: &str = "[[policy]]\nname = 'all'\nscan = 'all'\n\
    [[policy.rule]]\nmatch = 'secret'\nstages = ['input', 'tool_result', 'output', 'tool_call']\naction = 'mask'";

/// Well-formed and made up, with its checksum.
fn token() -> String {
    let body = "0123456789abcdefghijABCDEFGHIJ";
    format!("{}{body}{}", concat!("gh", "p_"), crc32_base62(body))
}

/// The value at the end of a path.
enum Leaf {
    Text(String),
    /// A field whose name nobody knows, and whose name is the credential.
    Named(String),
}

/// A document with one leaf at the row's path, and the types that lead to it.
fn document(row: &Coverage, leaf: &Leaf) -> Value {
    let segments: Vec<&str> = row.field.split('.').collect();
    object(row, &segments, "", leaf)
}

fn object(row: &Coverage, segments: &[&str], prefix: &str, leaf: &Leaf) -> Value {
    let mut map = Map::new();
    for (at, kind) in &row.when {
        if at == prefix {
            map.insert("type".to_owned(), (*kind).into());
        }
    }
    let (name, rest) = segments.split_first().expect("a path has segments");
    let label = if prefix.is_empty() { (*name).to_owned() } else { format!("{prefix}.{name}") };
    let (key, value) = match (rest, leaf) {
        ([], Leaf::Named(text)) => (text.clone(), json!(1)),
        ([], Leaf::Text(text)) => ((if *name == "*" { "x_note" } else { name }).to_owned(), json!(text)),
        _ => {
            let inner = object(row, rest, &label, leaf);
            let in_list = ["messages", "content", "tools", "tool_calls", "input", "choices", "output", "data"];
            ((*name).to_owned(), if in_list.contains(name) && !is_event(row) { json!([inner]) } else { inner })
        }
    };
    map.insert(key, value);
    if prefix == "messages" && *name != "role" {
        map.entry("role").or_insert_with(|| "user".into());
    }
    Value::Object(map)
}

fn is_event(row: &Coverage) -> bool {
    row.direction == Direction::Stream && !matches!(row.surface, Surface::ChatCompletions | Surface::Completions)
}

fn model(surface: Surface) -> &'static str {
    if matches!(surface, Surface::Messages | Surface::CountTokens) { "claude" } else { "m" }
}

/// The leaves to try on a row.
fn leaves(row: &Coverage) -> Vec<Leaf> {
    let mut leaves = vec![Leaf::Text(token())];
    if row.field.ends_with('*') {
        leaves.push(Leaf::Named(token()));
    }
    if row.field.ends_with("arguments") {
        let escaped: String = token().chars().map(|c| format!("\\u{:04x}", u32::from(c))).collect();
        leaves.push(Leaf::Text(format!("{{\"a\":\"{escaped}\"}}")));
    }
    leaves
}

fn holds(text: &str) -> bool {
    let decoded = Reading::of(text.as_bytes(), false);
    text.contains(&token()) || decoded.contains(&token())
}

#[tokio::test]
async fn no_secret_reaches_the_provider_through_any_cell() {
    let app = TestApp::with(POLICY).await;
    let (mut masked, mut refused, mut wrong) = (0, 0, Vec::new());
    for row in coverage().into_iter().filter(|row| row.direction == Direction::Request) {
        for leaf in leaves(&row) {
            let mut body = document(&row, &leaf);
            if body.get("model").is_none() {
                body["model"] = model(row.surface).into();
            }
            app.forget().await;
            let reply = app.post(row.surface.path(), &body).await;
            let reached = app.reached().await.to_string();
            if holds(&reached) {
                wrong.push(format!("{:?} {} {:?}: {body}", row.surface, row.field, row.treatment));
            }
            masked += usize::from(reached.contains("REDACTED"));
            refused += usize::from(reply.status == StatusCode::BAD_REQUEST);
            assert!(!reply.status.is_server_error(), "{} {}: {}", row.field, body, reply.text());
        }
    }
    assert!(wrong.is_empty(), "{} leaks:\n{}", wrong.len(), wrong.join("\n"));
    // The walk is not vacuous: most of it did get through, masked, or was refused as it must be.
    assert!(masked > 700 && refused > 100, "{masked} masked, {refused} refused");
}

#[tokio::test]
async fn no_secret_leaves_through_any_cell() {
    let app = TestApp::with(POLICY).await;
    let (mut tried, mut wrong) = (0, Vec::new());
    let asked = [Surface::ChatCompletions, Surface::Completions, Surface::Responses, Surface::Messages];
    let rows = coverage().into_iter().filter(|row| row.direction != Direction::Request && asked.contains(&row.surface));
    for row in rows {
        for script in scripts(&row) {
            app.script("cell", &script).await;
            let is_stream = row.direction == Direction::Stream;
            let question = question(row.surface, is_stream);
            let direct = app.direct(row.surface.path(), &question).await;
            let reply = app.post(row.surface.path(), &question).await;
            let read = Reading::of(&reply.body, is_stream);
            if row.treatment != Treatment::Derived {
                let unguarded = Reading::of(&direct.body, is_stream).contains(&token()) || holds(&direct.text());
                assert!(unguarded, "the provider does not say it: {} {script}: {}", row.field, direct.text());
            }
            if read.contains(&token()) || reply.text().contains(&token()) {
                wrong.push(format!(
                    "{:?} {:?} {}: {script}\n    {}",
                    row.surface,
                    row.direction,
                    row.field,
                    reply.text()
                ));
            } else if !read.ended {
                wrong.push(format!(
                    "{:?} {:?} {} does not end: {}",
                    row.surface,
                    row.direction,
                    row.field,
                    reply.text()
                ));
            }
            tried += 1;
        }
    }
    assert!(wrong.is_empty(), "{} of {tried} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(tried > 900, "{tried}");
}

fn question(surface: Surface, stream: bool) -> Value {
    let text = "run script cell";
    let mut body = match surface {
        Surface::Completions => json!({ "prompt": text }),
        Surface::Responses => json!({ "input": text }),
        Surface::Messages => json!({ "max_tokens": 99, "messages": [{ "role": "user", "content": text }] }),
        _ => json!({ "messages": [{ "role": "user", "content": text }] }),
    };
    body["model"] = model(surface).into();
    body["stream"] = stream.into();
    body
}

/// What the provider is told to say, so that the credential comes through this cell.
fn scripts(row: &Coverage) -> Vec<Value> {
    let documents = leaves(row).into_iter().map(|leaf| document(row, &leaf));
    if row.direction == Direction::Answer {
        return documents.map(|body| json!({ "body": body })).collect();
    }
    let mut scripts: Vec<Value> = documents.map(|document| stream(row.surface, vec![document])).collect();
    if grows(row) {
        let token = token();
        let pieces = [&token[..3], &token[3..17], &token[17..]];
        let pieces = pieces.iter().map(|piece| document(row, &Leaf::Text((*piece).to_owned())));
        scripts.push(stream(row.surface, pieces.collect()));
    }
    scripts
}

/// Whether a client puts the pieces of this field together.
fn grows(row: &Coverage) -> bool {
    let last = row.field.rsplit('.').next().unwrap_or_default();
    let names = match row.surface {
        Surface::ChatCompletions => &["content", "refusal", "reasoning", "reasoning_content", "arguments"][..],
        Surface::Completions => &["text"],
        Surface::Responses => &["delta"],
        _ => &["text", "thinking", "partial_json"],
    };
    let place = match row.surface {
        Surface::ChatCompletions => row.field.starts_with("choices.delta"),
        Surface::Messages => row.field.starts_with("delta."),
        _ => !row.field.contains("logprobs"),
    };
    place && names.contains(&last)
}

/// A stream with these events in the middle.
fn stream(surface: Surface, events: Vec<Value>) -> Value {
    let (before, after): (Vec<Value>, Vec<Value>) = match surface {
        Surface::Messages => (
            vec![
                json!({ "type": "message_start", "message": { "id": "msg_1", "type": "message", "role": "assistant",
                    "model": "x", "content": [], "stop_reason": null, "usage": { "input_tokens": 1, "output_tokens": 1 } } }),
                json!({ "type": "content_block_start", "index": 0, "content_block": { "type": "text", "text": "" } }),
            ],
            vec![
                json!({ "type": "content_block_stop", "index": 0 }),
                json!({ "type": "message_delta", "delta": { "stop_reason": "end_turn" }, "usage": { "output_tokens": 2 } }),
                json!({ "type": "message_stop" }),
            ],
        ),
        Surface::Responses => (
            vec![json!({ "type": "response.created", "sequence_number": 0,
                "response": { "id": "resp_1", "object": "response", "status": "in_progress", "output": [] } })],
            vec![json!({ "type": "response.completed", "sequence_number": 9,
                "response": { "id": "resp_1", "object": "response", "status": "completed", "output": [] } })],
        ),
        Surface::Completions => (
            vec![
                json!({ "id": "c", "object": "text_completion", "choices": [{ "index": 0, "text": "", "finish_reason": null }] }),
            ],
            vec![
                json!({ "id": "c", "object": "text_completion", "choices": [{ "index": 0, "text": "", "finish_reason": "stop" }] }),
            ],
        ),
        _ => (
            vec![json!({ "id": "c", "object": "chat.completion.chunk",
                "choices": [{ "index": 0, "delta": { "role": "assistant" }, "finish_reason": null }] })],
            vec![json!({ "id": "c", "object": "chat.completion.chunk",
                "choices": [{ "index": 0, "delta": {}, "finish_reason": "stop" }] })],
        ),
    };
    let named = |data: Value| {
        let name = data["type"].as_str().filter(|_| matches!(surface, Surface::Messages | Surface::Responses));
        json!({ "event": name, "data": data })
    };
    let mut all: Vec<Value> = before.into_iter().chain(events).chain(after).map(named).collect();
    if matches!(surface, Surface::ChatCompletions | Surface::Completions) {
        all.push(json!({ "data": "[DONE]" }));
    }
    json!({ "events": all })
}

#[tokio::test]
async fn the_printed_matrix_is_the_one_that_was_walked() {
    let rows = coverage();
    for treatment in [Treatment::Inspected, Treatment::Refused, Treatment::Structural] {
        assert!(rows.iter().any(|row| row.treatment == treatment), "{treatment:?}");
    }
    let routes: Vec<&str> = rows.iter().map(|row| row.surface.path()).collect();
    for route in portcullis::http::router::ROUTES {
        if let portcullis::http::router::Target::Prompt(surface) = route.target {
            assert!(routes.contains(&surface.path()), "{}", route.path);
            assert_eq!(route.method, Method::POST);
        }
    }
}
