//! Plain answers through filters.

use bytes::Bytes;
use serde_json::{Value, json};
use wire::{Answer, Limits, Surface, Usage, answer};

use crate::filter::{Identity, MASK, Masking, SECRET};

const GOLDEN: [(&str, Surface, &str); 6] = [
    ("chat", Surface::ChatCompletions, include_str!("../../golden/answer/chat.json")),
    ("completion", Surface::Completions, include_str!("../../golden/answer/completion.json")),
    ("response", Surface::Responses, include_str!("../../golden/answer/response.json")),
    ("message", Surface::Messages, include_str!("../../golden/answer/message.json")),
    ("embeddings", Surface::Embeddings, include_str!("../../golden/answer/embeddings.json")),
    ("models", Surface::Models, include_str!("../../golden/answer/models.json")),
];

fn masked(surface: Surface, body: &str) -> Answer {
    answer(surface, Bytes::copy_from_slice(body.as_bytes()), &Limits::default(), &mut Masking::default()).unwrap()
}

#[test]
fn with_nothing_to_mask_the_bytes_are_the_same() {
    for (name, surface, body) in GOLDEN {
        let same = answer(surface, Bytes::from_static(body.as_bytes()), &Limits::default(), &mut Identity::default());
        assert_eq!(same.unwrap().body, body, "{name}");
    }
}

#[test]
fn every_text_of_the_golden_answers_is_masked() {
    for (name, surface, body) in GOLDEN {
        let out = masked(surface, body).body;
        let text = String::from_utf8(out.to_vec()).unwrap();
        let value: Value = serde_json::from_str(&text).unwrap();
        assert!(!text.contains(SECRET) && !value.to_string().contains(SECRET), "{name}: {text}");
        insta::assert_snapshot!(format!("answer_{name}"), text);
    }
}

#[test]
fn usage_is_read() {
    let usage = |index: usize| masked(GOLDEN[index].1, GOLDEN[index].2).usage;
    assert_eq!(usage(0), Some(Usage { input_tokens: 9, output_tokens: 12, cached_tokens: 3 }));
    assert_eq!(usage(2), Some(Usage { input_tokens: 36, output_tokens: 87, cached_tokens: 0 }));
    assert_eq!(usage(3), Some(Usage { input_tokens: 12, output_tokens: 6, cached_tokens: 2 }));
    assert_eq!(usage(5), None);
}

#[test]
fn what_is_not_json_is_refused() {
    for body in ["", "<html>", "{\"a\":1", "{\"a\":1,\"a\":2}"] {
        let out = answer(Surface::ChatCompletions, body.into(), &Limits::default(), &mut Identity::default());
        assert!(out.is_err(), "{body}");
    }
}

#[track_caller]
fn check(surface: Surface, body: Value, expected: Value) {
    let out = masked(surface, &body.to_string()).body;
    assert_eq!(serde_json::from_slice::<Value>(&out).unwrap(), expected);
}

#[test]
fn a_secret_is_found_in_any_field() {
    check(Surface::ChatCompletions, json!({"new": {"field": SECRET}}), json!({"new": {"field": MASK}}));
    check(Surface::ChatCompletions, json!({"id": format!("a {SECRET}")}), json!({"id": format!("a {MASK}")}));
    check(
        Surface::ChatCompletions,
        json!({"choices": [{"message": {"content": [{"x": SECRET}]}}]}),
        json!({"choices": [{"message": {"content": [{"x": MASK}]}}]}),
    );
    check(
        Surface::Messages,
        json!({"content": [{"type": "tool_use", "input": {SECRET: [SECRET]}}]}),
        json!({"content": [{"type": "tool_use", "input": {MASK: [MASK]}}]}),
    );
    check(
        Surface::Completions,
        json!({"choices": [{"logprobs": {"tokens": ["a"], SECRET: 1}}]}),
        json!({"choices": [{"logprobs": null}]}),
    );
    check(
        Surface::Embeddings,
        json!({"data": [{"embedding": format!("{SECRET}!")}]}),
        json!({"data": [{"embedding": format!("{MASK}!")}]}),
    );
}
