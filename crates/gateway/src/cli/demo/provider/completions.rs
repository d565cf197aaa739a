//! `POST /v1/completions`, the older surface: text in, text out.
//!
//! Invariant: reasoning, refusals and functions do not exist here; a refusal is text.

use serde_json::{Value, json};

use super::answer::Answer;
use super::prompt::{Prompt, Speaker};
use super::reply::{Dialect, Reply, Surface, with};
use super::stream::Event;

/// The text completion surface.
pub(super) struct Completions;

impl Surface for Completions {
    const PATH: &'static str = "/v1/completions";
    const DIALECT: Dialect = Dialect::OpenAi;

    fn prompt(request: &Value) -> Prompt {
        let mut prompt = Prompt::default();
        prompts(request).into_iter().for_each(|text| prompt.note(Speaker::User, text.to_owned()));
        prompt
    }

    fn choices(request: &Value) -> usize {
        let n = request["n"].as_u64().and_then(|n| usize::try_from(n).ok()).unwrap_or(1).clamp(1, 16);
        n * prompts(request).len().clamp(1, 16)
    }

    fn body(reply: &Reply<'_>) -> Value {
        let choices = reply.answers.iter().enumerate().map(|(index, answer)| {
            let text = text(reply, answer);
            let tokens = answer.tokens.clone().unwrap_or_else(|| reply.pieces(&text));
            json!({"text": text, "index": index, "logprobs": logprobs(reply, answer, &tokens, 0), "finish_reason": "stop"})
        });
        with(&envelope(reply, choices.collect()), json!({ "usage": reply.usage() }))
    }

    fn events(reply: &Reply<'_>) -> Vec<Event> {
        let mut events = Vec::new();
        for (index, answer) in reply.answers.iter().enumerate() {
            let mut offset = 0;
            for (at, piece) in reply.pieces(&text(reply, answer)).into_iter().enumerate() {
                let token = answer.tokens.as_ref().and_then(|tokens| tokens.get(at)).unwrap_or(&piece).clone();
                let logprobs = logprobs(reply, answer, &[token], offset);
                offset += piece.chars().count();
                let choice = json!({"text": piece, "index": index, "logprobs": logprobs, "finish_reason": null});
                events.push(Event::data(&envelope(reply, json!([choice]))));
            }
            let end = json!({"text": "", "index": index, "logprobs": null, "finish_reason": "stop"});
            events.push(Event::data(&envelope(reply, json!([end]))));
        }
        if reply.includes_usage() {
            events.push(Event::data(&with(&envelope(reply, json!([])), json!({ "usage": reply.usage() }))));
        }
        events.push(Event::done());
        events
    }
}

fn prompts(request: &Value) -> Vec<&str> {
    match &request["prompt"] {
        Value::String(text) => vec![text],
        Value::Array(texts) => texts.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn text(reply: &Reply<'_>, answer: &Answer) -> String {
    let said = answer.text.as_ref().or(answer.refusal.as_ref()).cloned().unwrap_or_default();
    let echo = reply.request["echo"] == json!(true);
    if echo { format!("{}{said}", prompts(reply.request).concat()) } else { said }
}

fn envelope(reply: &Reply<'_>, choices: Value) -> Value {
    json!({
        "id": reply.id("cmpl-", ""), "object": "text_completion", "created": reply.created, "model": reply.model(),
        "choices": choices, "system_fingerprint": "fp_0be1d1e47d"
    })
}

fn logprobs(reply: &Reply<'_>, answer: &Answer, tokens: &[String], offset: usize) -> Value {
    let Some(alternatives) = reply.alternatives() else { return Value::Null };
    let starts = tokens.iter().scan(offset, |next, token| {
        let start = *next;
        *next += token.chars().count();
        Some(start)
    });
    let others = || answer.alternatives.iter().map(String::as_str).chain([" the", " a", "."]);
    let top = tokens.iter().map(|token| {
        let ranked =
            std::iter::once(token.as_str()).chain(others()).take(alternatives).zip([-0.125, -2.5, -4.0, -5.5, -7.0]);
        ranked.map(|(token, logprob)| (token.to_owned(), json!(logprob))).collect::<Value>()
    });
    json!({
        "tokens": tokens, "token_logprobs": vec![-0.125; tokens.len()],
        "top_logprobs": top.collect::<Vec<_>>(), "text_offset": starts.collect::<Vec<_>>()
    })
}
