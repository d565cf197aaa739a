//! What holds for all bytes. The fuzz targets try these on bytes of their own making.

use std::collections::BTreeMap;
use std::fmt::Debug;

use bytes::{Bytes, BytesMut};
use serde_json::Value;
use wire::{Ended, Filter, Limits, Relay, RelayLimits, Request, Surface};

use crate::filter::{Identity, Masking};

/// What an edit puts in: everything that JSON must escape.
const EDIT: &str = "a\"b\\c\n\u{1}\u{7f}é😀\u{2028}";

/// What is masked. A single word may be an identifier or a sealed blob, and pass; this is none.
const SECRET: &str = "SECRET 1234";

/// Reads a body on every surface: what is accepted renders back byte for byte, and any edit renders to JSON.
pub(crate) fn request(body: &[u8]) {
    for surface in Surface::ALL {
        let Ok(request) = Request::parse(surface, Bytes::copy_from_slice(body), &Limits::default()) else { continue };
        assert_eq!(request.render(&[], None), body, "{surface:?}");
        let count = request.segments().len();
        for index in 0..count.min(32) {
            let (path, field) = (request.path(index), request.field(index));
            let rendered = request.render(&[(index, EDIT)], None);
            assert_json(&rendered, &format!("{surface:?}: edit of {path} ({field}), {:?}", request.text(index)));
        }
        let all: Vec<(usize, &str)> = (0..count).map(|index| (index, EDIT)).collect();
        assert_json(&request.render(&all, Some(EDIT)), "all edits");
        let renamed = Request::parse(surface, request.render(&[], Some(EDIT)), &Limits::default());
        let renamed = renamed.unwrap_or_else(|error| panic!("{surface:?}: {error}"));
        assert!(renamed.model() == EDIT || renamed.model().is_empty(), "{:?}", renamed.model());
    }
}

/// Takes a plain answer through filters on every surface: unchanged where nothing is masked, and never with the secret.
pub(crate) fn answer(body: &[u8]) {
    for surface in Surface::ALL {
        let through = |body: Bytes, mask: bool| {
            let limits = Limits::default();
            let out = if mask {
                wire::answer(surface, body, &limits, &mut Masking::of(SECRET)).ok()
            } else {
                wire::answer(surface, body, &limits, &mut Identity::default()).ok()
            };
            out.map(|answer| answer.body)
        };
        let body = Bytes::from(spaced(body));
        let Some(same) = through(body.clone(), false) else { continue };
        // What is said twice, in letters and in bytes, must say the same to stay.
        let may_differ = text(&body).contains("\"bytes\"");
        assert!(same == body || may_differ, "{surface:?}: {}", text(&same));
        let masked = through(body, true).unwrap_or_else(|| panic!("{surface:?}: refused with another filter"));
        assert_json(&masked, &format!("{surface:?}"));
        assert_clean(&masked, &format!("{surface:?}"));
    }
}

/// Relays a stream on every surface: no cut changes the outcome, and the secret never leaves.
pub(crate) fn sse(bytes: &[u8]) {
    let bytes = &spaced(bytes);
    let small = RelayLimits { event_bytes: 400, held_bytes: 200 };
    for surface in Surface::ALL.into_iter().filter(|surface| surface.can_stream()) {
        for limits in [RelayLimits::default(), small] {
            let whole = relay(surface, &[bytes], limits, Masking::of(SECRET));
            for seed in 0..3 {
                let chunks = chunks(bytes, seed);
                let cut = relay(surface, &chunks, limits, Masking::of(SECRET));
                assert_eq!(text(&cut.0), text(&whole.0), "{surface:?}: cut {:?}", lengths(&chunks));
                assert_eq!(cut.1, whole.1, "{surface:?}: cut {:?}", lengths(&chunks));
            }
            assert_stream_clean(surface, &whole.0);
        }
    }
}

/// The golden files' secret is one word.
fn spaced(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    while let Some(at) = bytes.windows(5).position(|window| window == b"-1234") {
        bytes[at] = b' ';
    }
    bytes
}

fn relay<F: Filter>(surface: Surface, chunks: &[&[u8]], limits: RelayLimits, mut filter: F) -> (Vec<u8>, String)
where
    F::Stop: Debug,
{
    let (mut relay, mut out) = (Relay::new(surface, limits), BytesMut::new());
    let pushed = chunks.iter().try_for_each(|chunk| relay.push(chunk, &mut filter, &mut out));
    let ended = pushed.and_then(|()| relay.end(&mut filter, &mut out));
    if !matches!(ended, Ok(Ended::Complete)) {
        relay.fail(&mut out, "the provider failed");
    }
    (out.to_vec(), format!("{ended:?} {:?}", relay.usage()))
}

fn assert_json(body: &[u8], what: &str) {
    let valid: Result<&serde_json::value::RawValue, _> = serde_json::from_slice(body);
    assert!(valid.is_ok(), "{what}: {:?} is no JSON: {valid:?}", text(body));
}

/// No text in a JSON document holds the secret.
fn assert_clean(body: &[u8], what: &str) {
    if let Ok(value) = serde_json::from_slice::<Value>(body) {
        each_text(&value, &mut |found| assert!(!found.contains(SECRET), "{what}: {found:?} in {}", text(body)));
    }
}

/// No event holds the secret, nor do the texts of one place put together, up to its end. What a provider adds behind the
/// end of a text, against the protocol, is another text.
fn assert_stream_clean(surface: Surface, out: &[u8]) {
    let mut joined: BTreeMap<String, String> = BTreeMap::new();
    for line in text(out).split(['\r', '\n']) {
        // Comments, names and ids pass when they are short and plain.
        let Some(line) = line.strip_prefix("data:") else { continue };
        let Ok(event) = serde_json::from_str::<Value>(line) else {
            assert!(!line.contains(SECRET), "{surface:?}: {line}");
            continue;
        };
        assert_clean(line.as_bytes(), &format!("{surface:?}"));
        for (place, part) in said(surface, &event) {
            joined.entry(place).or_default().push_str(part);
        }
        if let Some((place, said)) = joined.iter().find(|(_, said)| said.contains(SECRET)) {
            panic!("{surface:?} {place}: {said:?} in {}", text(out));
        }
        if ends_a_text(&event) {
            joined.clear();
        }
    }
}

fn ends_a_text(event: &Value) -> bool {
    let of_type = ["content_block_stop", "message_delta", "message_stop"];
    let mut choices = event["choices"].as_array().into_iter().flatten();
    of_type.iter().any(|name| event["type"] == *name)
        || choices.any(|choice| !choice["finish_reason"].is_null())
        || event["type"].as_str().is_some_and(|name| name.starts_with("response.") && name.ends_with(".done"))
}

/// The texts that a client appends to one another, with the place they belong to.
fn said(surface: Surface, event: &Value) -> Vec<(String, &str)> {
    // What has no number belongs to the first.
    let field = |value: &Value, name: &str| Some(value[name].as_u64().unwrap_or_default().to_string());
    match surface {
        Surface::Messages => {
            let part = event["delta"]["text"].as_str().filter(|_| event["type"] == "content_block_delta");
            field(event, "index").zip(part).into_iter().collect()
        }
        Surface::Responses => {
            let part = event["delta"].as_str().filter(|_| event["type"] == "response.output_text.delta");
            let place = field(event, "output_index").zip(field(event, "content_index"));
            place.map(|(item, part)| format!("{item}/{part}")).zip(part).into_iter().collect()
        }
        _ => event["choices"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|choice| {
                let part = choice["delta"]["content"].as_str().or(choice["text"].as_str());
                field(choice, "index").zip(part)
            })
            .collect(),
    }
}

fn each_text(value: &Value, see: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) => see(text),
        Value::Array(items) => items.iter().for_each(|item| each_text(item, see)),
        Value::Object(map) => map.iter().for_each(|(key, item)| {
            see(key);
            each_text(item, see);
        }),
        _ => {}
    }
}

fn text(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

fn lengths(chunks: &[&[u8]]) -> Vec<usize> {
    chunks.iter().map(|chunk| chunk.len()).collect()
}

/// Chunks that follow from the bytes: few and long, about twenty bytes each, single bytes.
fn chunks(bytes: &[u8], seed: u64) -> Vec<&[u8]> {
    let mut state = bytes
        .iter()
        .fold(0xCBF2_9CE4_8422_2325 ^ seed, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3));
    let step = [bytes.len() as u64 / 2, 20, 1][seed as usize % 3].max(1);
    let mut chunks = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let (chunk, after) = rest.split_at(rest.len().min(1 + (state % step) as usize));
        chunks.push(chunk);
        rest = after;
    }
    chunks
}
