//! What parsing a request and relaying a chunk cost.

use std::borrow::Cow;
use std::convert::Infallible;

use bytes::{Bytes, BytesMut};
use divan::counter::BytesCount;
use wire::{Channel, Filter, Limits, Relay, RelayLimits, Released, Request, Surface, answer};

fn main() {
    divan::main();
}

/// Lets everything go: what is measured is the protocol alone.
struct Open(usize);

impl Filter for Open {
    type Stop = Infallible;

    fn push(&mut self, _: &Channel, text: &str) -> Result<Released, Infallible> {
        self.0 += text.len();
        Ok(Released { text: text.to_owned(), settled: self.0, masked: Vec::new() })
    }

    fn finish(&mut self, _: &Channel) -> Result<Released, Infallible> {
        Ok(Released { settled: self.0, ..Released::default() })
    }

    fn whole<'t>(&mut self, _: &Channel, text: &'t str) -> Result<Cow<'t, str>, Infallible> {
        Ok(Cow::Borrowed(text))
    }
}

/// A chat of so many messages, and about so many bytes.
fn chat(messages: usize, bytes: usize) -> Bytes {
    let words = "The quick brown fox jumps over the lazy dog. ".repeat(bytes / messages / 45 + 1);
    let said = |n: usize| {
        let role = if n.is_multiple_of(2) { "user" } else { "assistant" };
        format!(r#"{{"role":"{role}","content":"{}"}}"#, &words[..(bytes / messages).saturating_sub(40).max(20)])
    };
    let list: Vec<String> = (0..messages).map(said).collect();
    format!(r#"{{"model":"gpt-4.1-mini","messages":[{}],"temperature":0.7,"max_tokens":256}}"#, list.join(",")).into()
}

#[divan::bench(args = [(1, 200), (2, 4096), (20, 32768)])]
fn parse_chat(bencher: divan::Bencher, (messages, bytes): (usize, usize)) {
    let body = chat(messages, bytes);
    let limits = Limits::default();
    bencher
        .counter(BytesCount::new(body.len()))
        .with_inputs(|| Bytes::from(body.to_vec()))
        .bench_values(|body| Request::parse(Surface::ChatCompletions, body, &limits));
}

#[divan::bench(args = ["chat_tools_vision", "responses", "messages"])]
fn parse_golden(bencher: divan::Bencher, name: &str) {
    let (surface, body) = match name {
        "responses" => (Surface::Responses, include_str!("../golden/request/responses.json")),
        "messages" => (Surface::Messages, include_str!("../golden/request/messages.json")),
        _ => (Surface::ChatCompletions, include_str!("../golden/request/chat_tools_vision.json")),
    };
    let limits = Limits::default();
    bencher
        .counter(BytesCount::new(body.len()))
        .with_inputs(|| Bytes::from(body.as_bytes().to_vec()))
        .bench_values(|body| Request::parse(surface, body, &limits));
}

#[divan::bench(args = ["chat", "responses", "messages"])]
fn relay_delta(bencher: divan::Bencher, name: &str) {
    let (surface, chunk) = match name {
        "responses" => (
            Surface::Responses,
            "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"sequence_number\":0,\"item_id\":\
             \"msg_1\",\"output_index\":1,\"content_index\":0,\"delta\":\" word\",\"logprobs\":[],\"obfuscation\":\"q\"}\n\n",
        ),
        "messages" => (
            Surface::Messages,
            "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"type\":\"text_delta\",\
             \"text\":\" word\"}}\n\n",
        ),
        _ => (
            Surface::ChatCompletions,
            "data: {\"id\":\"chatcmpl-9xA1\",\"object\":\"chat.completion.chunk\",\"created\":1717171717,\"model\":\
             \"gpt-4.1-2025-04-14\",\"service_tier\":\"default\",\"system_fingerprint\":\"fp_1a2b\",\"choices\":[{\"index\":0,\
             \"delta\":{\"content\":\" word\"},\"logprobs\":null,\"finish_reason\":null}],\"usage\":null}\n\n",
        ),
    };
    let (mut relay, mut filter, mut out) = (Relay::new(surface, RelayLimits::default()), Open(0), BytesMut::new());
    bencher.counter(BytesCount::new(chunk.len())).bench_local(|| {
        out.clear();
        relay.push(chunk.as_bytes(), &mut filter, &mut out).is_ok()
    });
}

#[divan::bench]
fn plain_answer(bencher: divan::Bencher) {
    let body = Bytes::from_static(include_bytes!("../golden/answer/chat.json"));
    let limits = Limits::default();
    bencher
        .counter(BytesCount::new(body.len()))
        .bench_local(|| answer(Surface::ChatCompletions, body.clone(), &limits, &mut Open(0)).is_ok());
}
