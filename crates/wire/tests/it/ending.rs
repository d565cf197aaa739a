//! Endings at every point of every transcript, and answers of our own.

use bytes::BytesMut;
use serde_json::{Value, json};
use wire::{Dialect, Ending, ErrorInfo, Origin, Relay, RelayLimits, Surface, error_body, refusal_answer};

use crate::filter::{Masking, SECRET};
use crate::stream::{GOLDEN, events};

fn blocked_at(surface: Surface, transcript: &str, cut: usize, end: impl Fn(&mut Relay, &mut BytesMut)) -> String {
    let (mut relay, mut out) = (Relay::new(surface, RelayLimits::default()), BytesMut::new());
    relay.push(&transcript.as_bytes()[..cut], &mut Masking::default(), &mut out).unwrap();
    end(&mut relay, &mut out);
    assert!(relay.is_complete());
    let length = out.len();
    end(&mut relay, &mut out);
    assert_eq!(out.len(), length, "nothing follows the end");
    String::from_utf8(out.to_vec()).unwrap()
}

/// Positions after each event.
fn cuts(transcript: &str) -> Vec<usize> {
    let blank = if transcript.contains("\r\n") { "\r\n\r\n" } else { "\n\n" };
    std::iter::once(0).chain(transcript.match_indices(blank).map(|(at, _)| at + blank.len())).collect()
}

#[test]
fn a_clean_block_is_well_formed_wherever_it_happens() {
    for (name, surface, transcript) in GOLDEN {
        for cut in cuts(transcript) {
            let out = blocked_at(surface, transcript, cut, |relay, out| relay.block(out, Ending::Clean, "Blocked."));
            assert!(!out.contains(SECRET), "{name}: {out}");
            match surface {
                Surface::Messages => messages_end_well(name, &out),
                Surface::Responses => {
                    let last = events(&out).pop().unwrap()["type"].clone();
                    assert!(last == "response.incomplete" || last == "response.completed", "{name}: {out}");
                }
                _ => choices_end_once(name, &out),
            }
        }
    }
}

fn choices_end_once(name: &str, out: &str) {
    assert!(out.replace('\r', "").ends_with("data: [DONE]\n\n"), "{name}: {out}");
    let mut finished: Vec<Value> = Vec::new();
    for event in events(out) {
        for choice in event["choices"].as_array().unwrap() {
            assert!(!finished.contains(&choice["index"]), "{name}: text or end after the end: {out}");
            if !choice["finish_reason"].is_null() {
                finished.push(choice["index"].clone());
            }
        }
    }
    assert!(!finished.is_empty(), "{name}: {out}");
}

fn messages_end_well(name: &str, out: &str) {
    let mut open: Vec<Value> = Vec::new();
    let mut types = Vec::new();
    for event in events(out) {
        match event["type"].as_str().unwrap() {
            "content_block_start" => open.push(event["index"].clone()),
            "content_block_stop" => open.retain(|index| *index != event["index"]),
            "message_delta" | "message_stop" => assert!(open.is_empty(), "{name}: open blocks {out}"),
            _ => {}
        }
        types.push(event["type"].as_str().unwrap().to_owned());
    }
    assert_eq!(types.first().unwrap(), "message_start", "{name}: {out}");
    assert_eq!(types[types.len() - 2..], ["message_delta", "message_stop"], "{name}: {out}");
    assert_eq!(types.iter().filter(|name| *name == "message_delta").count(), 1, "{name}: {out}");
}

#[test]
fn an_error_ends_the_stream_unless_it_is_over() {
    let last = |surface, transcript: &str, cut, fails: bool| {
        let out = blocked_at(surface, transcript, cut, |relay, out| match fails {
            true => relay.fail(out, "The provider failed."),
            false => relay.block(out, Ending::Error, "Blocked."),
        });
        events(&out).pop().unwrap_or_default()
    };
    for (name, surface, transcript) in GOLDEN {
        for fails in [true, false] {
            let event = last(surface, transcript, cuts(transcript)[1], fails);
            let code = if fails { "upstream_error" } else { "content_filter" };
            match surface {
                Surface::Messages => assert_eq!(event["type"], "error", "{name}"),
                Surface::Responses if fails => assert_eq!(event["response"]["status"], "failed", "{name}"),
                Surface::Responses => assert_eq!(event["code"], code, "{name}"),
                _ => assert_eq!(event["error"]["code"], code, "{name}"),
            }
            let whole = last(surface, transcript, transcript.len(), fails);
            assert!(whole.get("error").is_none_or(Value::is_null), "{name}: {whole}");
        }
    }
}

#[test]
fn a_blocked_stream_still_tells_its_usage() {
    let (_, surface, transcript) = GOLDEN[0];
    let usage = transcript.replace("data: [DONE]\n\n", "");
    let early = usage.replace("\"finish_reason\":\"stop\"", "\"finish_reason\":null");
    let out = blocked_at(surface, &early, early.len(), |relay, out| relay.block(out, Ending::Clean, "Blocked."));
    let last = events(&out).pop().unwrap();
    assert_eq!((&last["choices"], &last["usage"]["total_tokens"]), (&json!([]), &json!(23)));
}

#[test]
fn errors_have_the_envelope_of_their_dialect() {
    let error = ErrorInfo {
        status: 400,
        kind: "invalid_request_error",
        code: Some("content_filter"),
        param: Some("messages"),
        message: "The request was blocked.",
        request_id: "req_1",
        details: Some(json!({"code": "ResponsibleAIPolicyViolation"})),
    };
    let body = |dialect| serde_json::from_slice::<Value>(&error_body(dialect, &error)).unwrap();
    assert_eq!(
        body(Dialect::OpenAi),
        json!({"error": {"message": "The request was blocked.", "type": "invalid_request_error", "param": "messages",
            "code": "content_filter", "status": 400, "innererror": {"code": "ResponsibleAIPolicyViolation"}}})
    );
    assert_eq!(
        body(Dialect::Anthropic),
        json!({"type": "error", "request_id": "req_1", "error": {"type": "invalid_request_error",
            "message": "The request was blocked.",
            "details": {"code": "ResponsibleAIPolicyViolation", "error_code": "content_filter"}}})
    );
}

#[test]
fn refusals_are_answers() {
    let origin = Origin { id: "01", model: "m", created: 1 };
    for surface in [Surface::ChatCompletions, Surface::Completions, Surface::Responses, Surface::Messages] {
        for stream in [false, true] {
            let body = refusal_answer(surface, &origin, "No \"thanks\".", stream);
            let text = String::from_utf8(body.to_vec()).unwrap();
            insta::assert_snapshot!(format!("refusal_{surface:?}_{stream}"), text);
            let events = if stream { events(&text) } else { vec![serde_json::from_str(&text).unwrap()] };
            assert!(!events.is_empty());
        }
    }
}

#[test]
fn a_refusal_says_so_in_its_finish_reason() {
    let origin = Origin { id: "01", model: "m", created: 1 };
    let plain = refusal_answer(Surface::ChatCompletions, &origin, "No.", false);
    let choice = serde_json::from_slice::<Value>(&plain).unwrap()["choices"][0].take();
    assert_eq!((&choice["message"]["content"], &choice["finish_reason"]), (&json!("No."), &json!("content_filter")));
    let stream = refusal_answer(Surface::ChatCompletions, &origin, "No.", true);
    let last = events(std::str::from_utf8(&stream).unwrap()).pop().unwrap();
    assert_eq!(last["choices"][0]["finish_reason"], "content_filter");
}
