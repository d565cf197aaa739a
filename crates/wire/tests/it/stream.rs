//! Golden transcripts, cut at every byte.

use std::collections::BTreeMap;

use bytes::BytesMut;
use proptest::prelude::*;
use serde_json::Value;
use wire::{Ended, Filter, Relay, RelayLimits, Surface, Usage};

use crate::filter::{Identity, MASK, Masking, SECRET};

pub(crate) const GOLDEN: [(&str, Surface, &str); 12] = [
    ("chat_text", Surface::ChatCompletions, include_str!("../../golden/stream/chat_text.sse")),
    ("chat_text_crlf", Surface::ChatCompletions, include_str!("../../golden/stream/chat_text_crlf.sse")),
    ("chat_n2_logprobs", Surface::ChatCompletions, include_str!("../../golden/stream/chat_n2_logprobs.sse")),
    ("chat_tools", Surface::ChatCompletions, include_str!("../../golden/stream/chat_tools.sse")),
    ("chat_function_call", Surface::ChatCompletions, include_str!("../../golden/stream/chat_function_call.sse")),
    ("chat_reasoning", Surface::ChatCompletions, include_str!("../../golden/stream/chat_reasoning.sse")),
    ("chat_unknown", Surface::ChatCompletions, include_str!("../../golden/stream/chat_unknown.sse")),
    ("completions", Surface::Completions, include_str!("../../golden/stream/completions.sse")),
    ("responses_text", Surface::Responses, include_str!("../../golden/stream/responses_text.sse")),
    ("responses_tools", Surface::Responses, include_str!("../../golden/stream/responses_tools.sse")),
    ("messages_text", Surface::Messages, include_str!("../../golden/stream/messages_text.sse")),
    ("messages_tools", Surface::Messages, include_str!("../../golden/stream/messages_tools.sse")),
];

/// Relays chunks and returns what the client gets.
fn relay<F: Filter>(surface: Surface, chunks: &[&[u8]], mut filter: F) -> String
where
    F::Stop: std::fmt::Debug,
{
    let (mut relay, mut out) = (Relay::new(surface, RelayLimits::default()), BytesMut::new());
    for chunk in chunks {
        relay.push(chunk, &mut filter, &mut out).unwrap();
    }
    assert_eq!(relay.end(&mut filter, &mut out).unwrap(), Ended::Complete);
    String::from_utf8(out.to_vec()).unwrap()
}

pub(crate) fn events(stream: &str) -> Vec<Value> {
    let lines = stream.lines().filter_map(|line| line.strip_prefix("data: ")).filter(|data| *data != "[DONE]");
    lines.map(|data| serde_json::from_str(data).unwrap_or_else(|error| panic!("{error}: {data}"))).collect()
}

/// What a client would put together: the strings of each place, joined over all events.
fn joined(stream: &str) -> BTreeMap<String, String> {
    let mut places = BTreeMap::new();
    for event in events(stream) {
        let number = |name: &str| event[name].to_string();
        let at = ["type", "index", "output_index", "content_index"].map(number).join(" ");
        collect(&event, &at, &mut places);
    }
    places
}

fn collect(value: &Value, at: &str, places: &mut BTreeMap<String, String>) {
    match value {
        Value::String(text) => places.entry(at.to_owned()).or_default().push_str(text),
        Value::Array(items) => items.iter().for_each(|item| {
            let index = item.get("index").map_or(String::new(), Value::to_string);
            collect(item, &format!("{at}[{index}]"), places);
        }),
        Value::Object(map) => map.iter().for_each(|(key, item)| {
            places.entry(format!("{at} key")).or_default().push_str(&format!("{key} "));
            collect(item, &format!("{at}.{key}"), places);
        }),
        Value::Number(number) => places.entry(format!("{at} number")).or_default().push_str(&format!("{number} ")),
        _ => {}
    }
}

/// Every text the client could read, those in JSON in strings included.
fn readable(stream: &str) -> Vec<String> {
    let mut texts: Vec<String> = joined(stream).into_values().collect();
    for text in texts.clone() {
        if let Ok(inner) = serde_json::from_str::<Value>(&text) {
            let mut places = BTreeMap::new();
            collect(&inner, "", &mut places);
            texts.extend(places.into_values());
        }
    }
    texts.push(stream.to_owned());
    texts
}

#[test]
fn with_nothing_to_mask_the_bytes_are_the_same() {
    for (name, surface, transcript) in GOLDEN {
        let out = relay(surface, &[transcript.as_bytes()], Identity::default());
        if name.contains("tools") || name.contains("function_call") {
            assert_eq!(without_structure(&out), without_structure(transcript), "{name}");
        } else {
            assert_eq!(out, transcript, "{name}");
        }
    }
}

/// The joined texts, without keys and numbers, which change when deltas are merged.
fn without_structure(stream: &str) -> BTreeMap<String, String> {
    let repeated = ["type", "id", "object", "model", "system_fingerprint", "service_tier", "item_id"];
    let is_text = |at: &str| !at.ends_with(" key") && !at.ends_with(" number");
    let is_delta = |at: &str| !repeated.iter().any(|name| at.ends_with(&format!(".{name}")));
    joined(stream).into_iter().filter(|(at, text)| is_text(at) && is_delta(at) && !text.is_empty()).collect()
}

#[test]
fn no_cut_changes_the_bytes_and_the_secret_never_leaves() {
    for (name, surface, transcript) in GOLDEN {
        let bytes = transcript.as_bytes();
        let whole = relay(surface, &[bytes], Masking::default());
        for text in readable(&whole) {
            assert!(!text.contains(SECRET), "{name}: {text}");
        }
        insta::assert_snapshot!(name, whole.replace('\r', "\\r"));
        for cut in 0..=bytes.len() {
            let (left, right) = bytes.split_at(cut);
            assert_eq!(relay(surface, &[left, right], Masking::default()), whole, "{name} cut at {cut}");
        }
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        assert_eq!(relay(surface, &single, Masking::default()), whole, "{name} byte by byte");
    }
}

#[test]
fn streamed_text_is_the_whole_text_with_the_secret_masked() {
    for (name, surface, transcript) in GOLDEN {
        let (before, after) =
            (joined(transcript), joined(&relay(surface, &[transcript.as_bytes()], Masking::default())));
        let streamed =
            [".delta.content", ".delta.text", ".delta.thinking", ".delta.reasoning_content", ".text", "0.delta"];
        // The text of this block begins in its start.
        let is_split = |at: &str| name == "messages_tools" && at.ends_with(".text");
        for (at, text) in before.iter().filter(|(at, _)| !is_split(at) && streamed.iter().any(|end| at.ends_with(end)))
        {
            assert_eq!(after.get(at), Some(&text.replace(SECRET, MASK)), "{name} {at}");
        }
    }
}

#[test]
fn usage_is_read_from_every_surface() {
    let expected = |name: &str| match name {
        "chat_text" | "chat_text_crlf" => Some(Usage { input_tokens: 9, output_tokens: 14, cached_tokens: 4 }),
        "responses_text" | "responses_tools" => Some(Usage { input_tokens: 10, output_tokens: 12, cached_tokens: 2 }),
        "messages_text" => Some(Usage { input_tokens: 12, output_tokens: 30, cached_tokens: 3 }),
        "messages_tools" => Some(Usage { input_tokens: 12, output_tokens: 44, cached_tokens: 3 }),
        _ => None,
    };
    for (name, surface, transcript) in GOLDEN {
        let mut relay = Relay::new(surface, RelayLimits::default());
        relay.push(transcript.as_bytes(), &mut Identity::default(), &mut BytesMut::new()).unwrap();
        assert_eq!(relay.usage(), expected(name), "{name}");
    }
}

#[test]
fn responses_events_are_numbered_without_gaps() {
    for (name, surface, transcript) in GOLDEN.into_iter().filter(|golden| golden.1 == Surface::Responses) {
        let out = relay(surface, &[transcript.as_bytes()], Masking::default());
        let numbers: Vec<u64> = events(&out).iter().map(|event| event["sequence_number"].as_u64().unwrap()).collect();
        assert_eq!(numbers, (0..numbers.len() as u64).collect::<Vec<_>>(), "{name}");
    }
}

#[test]
fn malformed_events_are_refused() {
    let push = |bytes: &str| {
        let mut relay = Relay::new(Surface::ChatCompletions, RelayLimits { event_bytes: 100, held_bytes: 80 });
        relay.push(bytes.as_bytes(), &mut Identity::default(), &mut BytesMut::new())
    };
    let tool = r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"0123456789"}}]}}]}"#;
    assert!(push("data: {\"choices\":[\n\n").is_err());
    assert!(push("data: hello\n\n").is_err());
    assert!(push(&format!("data: {}\n\n", "x".repeat(200))).is_err());
    assert!(push(&format!("data: {tool}\n\ndata: {tool}\n\ndata: {tool}\n\ndata: {tool}\n\n")).is_err());
}

#[test]
fn a_stream_that_stops_early_is_reported_as_cut() {
    for (name, surface, transcript) in GOLDEN {
        let half = &transcript[..transcript.rfind("data: ").unwrap()];
        let half = &half[..half.rfind("data: ").unwrap()];
        let half = &half[..half.rfind("data: ").unwrap()];
        let (mut relay, mut filter, mut out) =
            (Relay::new(surface, RelayLimits::default()), Identity::default(), BytesMut::new());
        relay.push(half.as_bytes(), &mut filter, &mut out).unwrap();
        assert_eq!(relay.end(&mut filter, &mut out), Ok(Ended::Cut), "{name}");
    }
}

fn chat_stream(pieces: &[String], field: &str) -> String {
    let chunk = |delta: Value, finish: Value| {
        let body = serde_json::json!({"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m",
            "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]});
        format!("data: {body}\n\n")
    };
    let mut out: String = pieces.iter().map(|piece| chunk(serde_json::json!({ field: piece }), Value::Null)).collect();
    out += &chunk(serde_json::json!({}), "stop".into());
    out + "data: [DONE]\n\n"
}

proptest! {
    #[test]
    fn text_split_in_any_way_comes_out_masked(
        pieces in prop::collection::vec("(S|SE|CRET|-12|34|ECRET-1234|SECRET-1234|é|😀|\"| ){0,3}", 0..12),
        field in prop::sample::select(vec!["content", "reasoning", "refusal", "x_unknown"]),
    ) {
        let stream = chat_stream(&pieces, field);
        let out = relay(Surface::ChatCompletions, &[stream.as_bytes()], Masking::default());
        let at = format!("null null null null.choices[0].delta.{field}");
        let seen = joined(&out).remove(&at).unwrap_or_default();
        if field == "x_unknown" {
            prop_assert!(!seen.contains(SECRET), "{}", seen);
        } else {
            prop_assert_eq!(seen, pieces.concat().replace(SECRET, MASK));
        }
    }

    #[test]
    fn no_bytes_make_it_panic(
        which in 0..GOLDEN.len(), at in any::<prop::sample::Index>(), with in any::<[u8; 2]>(), cut in any::<prop::sample::Index>(),
    ) {
        let (_, surface, transcript) = GOLDEN[which];
        let mut bytes = transcript.as_bytes().to_vec();
        let at = at.index(bytes.len() - 1);
        bytes[at..at + 2].copy_from_slice(&with);
        let (left, right) = bytes.split_at(cut.index(bytes.len()));
        let (mut relay, mut filter, mut out) =
            (Relay::new(surface, RelayLimits::default()), Masking::default(), BytesMut::new());
        let fine = relay.push(left, &mut filter, &mut out).is_ok() && relay.push(right, &mut filter, &mut out).is_ok();
        if fine {
            let _ = relay.end(&mut filter, &mut out);
        } else {
            relay.fail(&mut out, "the provider failed");
        }
    }
}
