//! A streamed answer on its way through: the body that the client reads from.
//!
//! Pulled by the client: nothing is read from the provider that the client did not ask for, so memory stays bounded, and
//! a client that goes away drops this body and with it the provider's connection.
//!
//! Invariants: a stream that began ends well-formed, whatever happens; the connection is never just cut. The exchange is
//! closed when the stream ends, or when it is dropped.

use std::future::Future as _;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use http_body::Frame;
use hyper::body::{Body, Incoming};
use tokio::time::Sleep;
use wire::{AnswerError, Ended, Ending, Relay, RelayLimits, Surface};

use super::deliver::{Shape, stopped};
use super::exchange::{Exchange, outcome};
use super::output::OutputFilter;
use super::upstream::Provider;
use crate::event::exchange::Outcome;
use crate::http::body::StreamBroken;
use crate::model::policy::config::StreamEnd;

/// A streamed answer.
#[derive(Debug)]
pub(super) struct RelayBody {
    surface: Surface,
    provider: Option<Incoming>,
    /// Of a stream of which something waits for the end.
    bytes_max: u64,
    relay: Relay,
    filter: OutputFilter,
    exchange: Exchange,
    shape: Shape,
    silence: Pin<Box<Sleep>>,
    idle_timeout: Duration,
    out: BytesMut,
}

impl RelayBody {
    pub(super) fn new(
        surface: Surface,
        shape: Shape,
        (provider, hides_usage): (Incoming, bool),
        filter: OutputFilter,
        exchange: Exchange,
        source: &Provider,
    ) -> Self {
        let idle_timeout = source.idle_timeout;
        Self {
            surface,
            bytes_max: source.answer_bytes_max as u64,
            provider: Some(provider),
            relay: Relay::new(surface, RelayLimits::default()).hiding_usage(hides_usage),
            filter,
            exchange,
            shape,
            silence: Box::pin(tokio::time::sleep(idle_timeout)),
            idle_timeout,
            out: BytesMut::new(),
        }
    }

    fn take(&mut self, data: &Bytes) {
        let begun = Instant::now();
        self.exchange.begins();
        self.exchange.record.answer_bytes += data.len() as u64;
        let taken = self.relay.push(data.as_ref(), &mut self.filter, &mut self.out);
        self.exchange.worked(begun.elapsed());
        self.exchange.saw(self.filter.seen);
        if let Err(error) = taken {
            self.stop(error);
        } else if self.shape.is_bounded && self.exchange.record.answer_bytes > self.bytes_max {
            self.fail("the answer is too large to wait for its end");
        } else if self.relay.is_over() && self.provider.is_some() {
            // The provider may keep its side open; the client has all of it.
            self.close(None);
        }
    }

    fn end(&mut self) {
        match self.relay.end(&mut self.filter, &mut self.out) {
            Ok(Ended::Complete) => self.close(None),
            Ok(Ended::Cut) => self.fail("the provider's answer broke off"),
            Err(error) => self.stop(error),
        }
    }

    fn stop(&mut self, error: AnswerError<super::output::Stop>) {
        match error {
            AnswerError::Stopped(super::output::Stop::Exhausted) => self.exhaust(),
            AnswerError::Stopped(stop) => {
                let failure = stopped(stop);
                let style = match self.shape.stream_end {
                    StreamEnd::Finish => Ending::Clean,
                    StreamEnd::Error => Ending::Error,
                };
                let message = match style {
                    Ending::Clean => self.shape.refusal_text.clone(),
                    Ending::Error => format!("{failure} (request id {})", self.exchange.id()),
                };
                if self.shape.buffers {
                    // Nothing of it has left, and nothing of it will.
                    self.out.clear();
                    self.refuse(&message);
                } else {
                    self.relay.block(&mut self.out, style, &message);
                }
                self.exchange.record.failure = Some(failure.code());
                self.close(Some(outcome(&failure)));
            }
            AnswerError::Malformed(_) => self.fail("the provider sent something that is not its protocol"),
        }
    }

    /// More came than was reserved: the answer ends as if the model had reached its limit.
    fn exhaust(&mut self) {
        self.filter.let_end();
        match self.relay.exhaust(&mut self.filter, &mut self.out) {
            Ok(()) => {
                self.exchange.record.failure = Some("reservation_exceeded");
                self.close(None);
            }
            Err(stop) => self.stop(AnswerError::Stopped(stop)),
        }
    }

    /// The stream of a model that refuses, from its first event to its last.
    fn refuse(&mut self, message: &str) {
        let record = &self.exchange.record;
        let created = record.time.as_second().unsigned_abs();
        let origin = wire::Origin { model: &record.model, id: &record.request_id, created };
        self.out.extend_from_slice(&wire::refusal_answer(self.surface, &origin, message, true));
    }

    fn fail(&mut self, message: &'static str) {
        self.relay.fail(&mut self.out, message);
        self.exchange.record.failure = Some("upstream_stream");
        self.close(Some(Outcome::Failed));
    }

    /// Closes the exchange and lets go of the provider, which cancels what it is still writing. Without an outcome, what
    /// was decided on the way says it.
    fn close(&mut self, outcome: Option<Outcome>) {
        self.provider = None;
        self.exchange.record.answer_schema = self.filter.agreement.conformance();
        self.decisions();
        self.note();
        self.exchange.keep("answer", &self.out);
        let outcome = outcome.unwrap_or_else(|| self.exchange.outcome());
        if self.exchange.finish(outcome, self.relay.usage()).is_err() {
            // Some of the answer has left; the rest of it does not leave unrecorded.
            self.relay.fail(&mut self.out, "the exchange could not be recorded");
        }
    }

    /// The headers left before anything was found, so a comment names the rules. SDKs pass over comments.
    fn note(&mut self) {
        let rules = self.exchange.record.rules();
        if !rules.is_empty() {
            let note = format!(": portcullis {} {}\n\n", self.exchange.record.verdict(), rules.join(","));
            self.out.extend_from_slice(note.as_bytes());
        }
    }

    fn decisions(&mut self) {
        let decisions = std::mem::take(&mut self.filter.decisions);
        self.exchange.decided(&decisions);
        let not_run = std::mem::take(&mut self.filter.not_run);
        self.exchange.not_run(&not_run);
    }

    /// What may leave now.
    fn leaving(&mut self) -> Option<Bytes> {
        let waits = self.shape.buffers && self.provider.is_some();
        let bytes = (!waits && !self.out.is_empty()).then(|| self.out.split().freeze())?;
        self.exchange.keep("answer", &bytes);
        Some(bytes)
    }
}

impl Drop for RelayBody {
    /// A client that hangs up once it has the end of the answer has not cancelled it.
    fn drop(&mut self) {
        if self.provider.is_some() && self.relay.is_complete() {
            self.close(None);
        }
    }
}

impl Body for RelayBody {
    type Data = Bytes;
    type Error = StreamBroken;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, StreamBroken>>> {
        let this = &mut *self;
        loop {
            if let Some(bytes) = this.leaving() {
                return Poll::Ready(Some(Ok(Frame::data(bytes))));
            }
            let Some(provider) = this.provider.as_mut() else { return Poll::Ready(None) };
            match Pin::new(provider).poll_frame(cx) {
                Poll::Ready(Some(Ok(frame))) => {
                    if let Ok(data) = frame.into_data() {
                        this.silence.as_mut().reset(tokio::time::Instant::now() + this.idle_timeout);
                        this.take(&data);
                    }
                }
                Poll::Ready(Some(Err(_))) => this.fail("the provider's answer broke off"),
                Poll::Ready(None) => this.end(),
                Poll::Pending => {
                    ready!(this.silence.as_mut().poll(cx));
                    this.fail("the provider fell silent");
                }
            }
        }
    }
}
