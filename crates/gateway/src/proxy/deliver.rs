//! The way out: an answer goes through the output policy, whole or as a stream.

use bytes::{Bytes, BytesMut};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use std::time::{Duration, Instant};
use wire::{AnswerError, Limits, Surface};

use super::allowance;
use super::annotate;
use super::engine::Engine;
use super::exchange::Exchange;
use super::output::{OutputFilter, Stop};
use super::relay::RelayBody;
use super::upstream::Answer;
use crate::error::{Failure, Part, stamp};
use crate::http::body::{Body, full};
use crate::http::header;
use crate::model::policy::config::StreamEnd;

/// Largest error answer that is read.
const ERROR_BYTES_MAX: usize = 1024 * 1024;

/// What the policy says about the shape of an answer.
#[derive(Debug, Clone)]
pub struct Shape {
    /// Everything waits for the end.
    pub buffers: bool,
    /// Some text waits for the end, so that a stream has to be bounded.
    pub is_bounded: bool,
    /// How an answer ends that is stopped after it began.
    pub stream_end: StreamEnd,
    /// What a stopped answer says.
    pub refusal_text: String,
}

impl Shape {
    /// Reads it off the policy.
    pub fn of(engine: &Engine) -> Self {
        let config = &engine.policy.config;
        Self {
            buffers: engine.buffers,
            is_bounded: engine.buffers || engine.plan.buffers() || engine.holds_answers,
            stream_end: config.stream_end,
            refusal_text: config.refusal_text.clone(),
        }
    }
}

/// Delivers an answer. The exchange goes with it, to the end of the stream.
///
/// # Errors
/// When the answer cannot be used, or the policy blocks it before any byte of it left.
pub async fn deliver(
    surface: Surface,
    shape: Shape,
    answer: Answer,
    filter: OutputFilter,
    exchange: &mut Option<Exchange>,
) -> Result<Response<Body>, Failure> {
    let provider = answer.target.provider;
    let (parts, body) = answer.response.into_parts();
    if matches!(parts.status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
        return Err(Failure::UpstreamCredential(provider.name.clone()));
    }
    let under_way = exchange.as_mut().ok_or(Failure::Unrecorded)?;
    if parts.status.is_success() && is_event_stream(&parts.headers) {
        let kind = "text/event-stream; charset=utf-8";
        let mut response = head(surface, (parts.status, &parts.headers), kind, under_way);
        annotate(response.headers_mut(), under_way);
        let taken = exchange.take().ok_or(Failure::Unrecorded)?;
        let relay = RelayBody::new(surface, shape, (body, answer.hides_usage), filter, taken, &provider);
        return Ok(response.map(|()| relay.boxed_unsync()));
    }
    let bytes_max = if parts.status.is_success() { provider.answer_bytes_max } else { ERROR_BYTES_MAX };
    let bytes = read(body, bytes_max, provider.idle_timeout).await?;
    plain(surface, (parts.status, &parts.headers), bytes, filter, under_way).await
}

async fn plain(
    surface: Surface,
    (status, headers): (StatusCode, &HeaderMap),
    bytes: Bytes,
    mut filter: OutputFilter,
    exchange: &mut Exchange,
) -> Result<Response<Body>, Failure> {
    let begun = Instant::now();
    exchange.record.answer_bytes = bytes.len() as u64;
    let limits = Limits { bytes: bytes.len(), ..Limits::default() };
    let mut filtered = wire::answer(surface, bytes, &limits, &mut filter);
    if let Ok(answer) = &filtered
        && status.is_success()
        && filter.agreement.has_schema()
        && let Err(stop) = filter.hold_to_schema(surface, &answer.body)
    {
        filtered = Err(AnswerError::Stopped(stop));
    }
    exchange.record.answer_schema = filter.agreement.conformance();
    exchange.worked(begun.elapsed());
    exchange.saw(filter.seen);
    exchange.decided(&filter.decisions);
    exchange.not_run(&filter.not_run);
    let answer = filtered.map_err(|error| match error {
        AnswerError::Stopped(stop) => stopped(stop),
        AnswerError::Malformed(_) => Failure::BadAnswer("it is not the JSON of its protocol"),
    })?;
    exchange.keep("answer", &answer.body);
    let outcome = if status.is_success() { exchange.outcome() } else { crate::event::exchange::Outcome::Failed };
    let mut response = head(surface, (status, headers), "application/json", exchange);
    exchange.finish_with_others(outcome, answer.usage).await?;
    annotate(response.headers_mut(), exchange);
    Ok(response.map(|()| full(answer.body)))
}

/// What a stop looks like before any byte left.
pub(super) fn stopped(stop: Stop) -> Failure {
    match stop {
        Stop::Blocked { policy, rule, category } => Failure::Blocked { part: Part::Answer, policy, rule, category },
        Stop::Held { policy, rule, category } => Failure::Held { policy, rule, category },
        // A stream that is exhausted ends by itself; a plain answer is whole when it is seen.
        Stop::Unchecked | Stop::Exhausted => Failure::Unchecked,
    }
}

fn head(
    surface: Surface,
    (status, theirs): (StatusCode, &HeaderMap),
    kind: &'static str,
    exchange: &Exchange,
) -> Response<()> {
    let mut response = Response::new(());
    *response.status_mut() = status;
    *response.headers_mut() = header::back(theirs);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    allowance::say(response.headers_mut(), surface.dialect(), exchange.allowances(), exchange.now());
    stamp(&mut response, exchange.id());
    response
}

fn is_event_stream(headers: &HeaderMap) -> bool {
    headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|kind| kind.trim_start().to_ascii_lowercase().starts_with("text/event-stream"))
}

async fn read(body: Incoming, bytes_max: usize, timeout: Duration) -> Result<Bytes, Failure> {
    let mut body = Limited::new(body, bytes_max);
    let mut first = Bytes::new();
    let mut rest = BytesMut::new();
    loop {
        let frame =
            tokio::time::timeout(timeout, body.frame()).await.map_err(|_| Failure::BadAnswer("it fell silent"))?;
        let Some(frame) = frame else { break };
        let frame = frame.map_err(|error| {
            let too_large = error.is::<http_body_util::LengthLimitError>();
            Failure::BadAnswer(if too_large { "it is larger than `answer_bytes_max`" } else { "it broke off" })
        })?;
        let Ok(data) = frame.into_data() else { continue };
        if first.is_empty() {
            first = data;
        } else {
            // Most answers are one frame, which is not copied.
            if rest.is_empty() {
                rest.extend_from_slice(&first);
            }
            rest.extend_from_slice(&data);
        }
    }
    Ok(if rest.is_empty() { first } else { rest.freeze() })
}
