//! Sending an answer: whole or as a stream of events, cut awkwardly, and failing where a fault says so.
//!
//! Invariants: a huge answer is made while it is sent and never held; every write is flushed by itself, so the cuts
//! reach the client as they were made.

use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures_util::stream;
use http::header::CONTENT_TYPE;
use serde_json::Value;

use super::cut;
use super::dice::Dice;
use super::fault::{Fault, HUGE_BYTES, HUGE_MARK, SLOW_MS};
use super::script::{ScriptedEvent, verbatim};

/// One server-sent event.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Event {
    /// The `event:` line, if the protocol has one.
    name: Option<String>,
    /// The `data:` line.
    data: String,
}

/// What to do next while a body is sent.
enum Step {
    Write(Bytes),
    Wait(Duration),
    Stall,
    Break,
}

impl Event {
    /// An event without a name.
    pub(super) fn data(data: &Value) -> Self {
        Self { name: None, data: data.to_string() }
    }

    /// An event named by the `type` of its data, as the Responses and Messages protocols do.
    pub(super) fn typed(data: &Value) -> Self {
        Self { name: data["type"].as_str().map(str::to_owned), data: data.to_string() }
    }

    /// The `[DONE]` that ends OpenAI's older streams.
    pub(super) fn done() -> Self {
        Self { name: None, data: "[DONE]".to_owned() }
    }

    /// An event as a script has it.
    pub(super) fn scripted(event: &ScriptedEvent) -> Self {
        Self { name: event.event.clone(), data: verbatim(&event.data) }
    }

    fn bytes(&self, escape: bool) -> Vec<u8> {
        let data = if escape { cut::escaped(&self.data) } else { self.data.clone() };
        let name = self.name.as_ref().map(|name| format!("event: {name}\n")).unwrap_or_default();
        format!("{name}data: {data}\n\n").into_bytes()
    }
}

/// A stream of events, written in pieces of `cut` bytes or as the dice fall.
pub(super) fn events(events: Vec<Event>, cut: Option<usize>, fault: Option<Fault>, dice: Dice) -> Response {
    let count = match fault {
        Some(Fault::Stall) => 4,
        Some(Fault::Break) => 11,
        _ => usize::MAX,
    };
    let mut dice = dice;
    let steps = events.into_iter().take(count).enumerate().flat_map(move |(index, event)| {
        let mut bytes = event.bytes(dice.below(2) == 0);
        if fault == Some(Fault::Malformed) && index == 3 {
            bytes = b"data: {\"choices\":[{\"delta\":{\"content\":\"brok\n\n".to_vec();
        }
        let wait = (fault == Some(Fault::Slow)).then_some(Step::Wait(Duration::from_millis(SLOW_MS)));
        let repeats = if fault == Some(Fault::Huge) { repeats(&event) } else { 1 };
        let writes = cut::writes(bytes, cut, &mut dice);
        let repeated = std::iter::repeat_n(writes, repeats).flatten();
        wait.into_iter().chain(repeated.map(Step::Write))
    });
    respond("text/event-stream; charset=utf-8", steps.chain(ending(fault)))
}

/// A plain answer.
pub(super) fn whole(body: String, fault: Option<Fault>) -> Response {
    let half = Bytes::from(body.clone()).slice(..body.len() / 2);
    let steps: Box<dyn Iterator<Item = Step> + Send> = match fault {
        Some(Fault::Stall | Fault::Break | Fault::Malformed) => {
            Box::new(std::iter::once(Step::Write(half)).chain(ending(fault)))
        }
        Some(Fault::Slow) => {
            Box::new([Step::Wait(Duration::from_millis(10 * SLOW_MS)), Step::Write(body.into())].into_iter())
        }
        Some(Fault::Huge) => Box::new(huge(&body)),
        _ => return with_type("application/json", Body::from(body)),
    };
    respond("application/json", steps)
}

/// A plain answer whose text is repeated until the whole is huge.
fn huge(body: &str) -> impl Iterator<Item = Step> + Send + use<> {
    let (head, tail) = body.split_once(HUGE_MARK).unwrap_or((body, ""));
    let filling = Bytes::from(HUGE_MARK.repeat(3_000));
    let count = if tail.is_empty() { 0 } else { HUGE_BYTES / filling.len() };
    let [head, tail] = [head, tail].map(|part| Step::Write(Bytes::from(part.to_owned())));
    std::iter::once(head).chain(std::iter::repeat_n(filling, count).map(Step::Write)).chain([tail])
}

/// How often an event is sent in a huge answer: those that carry a piece of its text, until that is long enough.
fn repeats(event: &Event) -> usize {
    let carries = event.data.contains("delta\"") || event.data.contains("text_completion");
    if carries && event.data.contains(HUGE_MARK) { HUGE_BYTES / event.data.len() } else { 1 }
}

fn ending(fault: Option<Fault>) -> Option<Step> {
    match fault {
        Some(Fault::Stall) => Some(Step::Stall),
        Some(Fault::Break) => Some(Step::Break),
        _ => None,
    }
}

fn respond(content_type: &'static str, steps: impl Iterator<Item = Step> + Send + 'static) -> Response {
    let writes = stream::unfold(steps, |mut steps| async move {
        loop {
            match steps.next()? {
                Step::Write(bytes) => {
                    // The server flushes when it finds nothing more to send: each write leaves by itself.
                    tokio::task::yield_now().await;
                    return Some((Ok(bytes), steps));
                }
                Step::Wait(time) => tokio::time::sleep(time).await,
                Step::Stall => std::future::pending().await,
                Step::Break => return Some((Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset)), steps)),
            }
        }
    });
    with_type(content_type, Body::from_stream(writes))
}

fn with_type(content_type: &'static str, body: Body) -> Response {
    let mut response = Response::new(body);
    response.headers_mut().insert(CONTENT_TYPE, http::HeaderValue::from_static(content_type));
    response
}
