//! The body type of every answer, and reading a request's body within its limits.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::Request;
use http::header::{CONTENT_ENCODING, EXPECT};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::{Body as _, Frame, Incoming};
use tokio::time::Instant;

use super::shield::{self, Shielded};
use crate::infra::network::ddos::pace::Pace;

/// A body that is larger than this is not read to its end for the sake of an answer.
const DISCARD_BYTES_MAX: usize = 64 << 20;
/// Nor one that takes longer.
const DISCARD_TIME_MAX: Duration = Duration::from_secs(5);

/// An answer's body: bytes at once, or a stream.
pub type Body = UnsyncBoxBody<Bytes, StreamBroken>;

/// A stream ended before its time. Only seen by hyper, which then ends the connection.
#[derive(Debug, thiserror::Error)]
#[error("the stream broke")]
pub struct StreamBroken;

/// Why a request's body was not read.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum BodyError {
    /// More bytes than allowed.
    #[error("the request body is larger than {0} bytes")]
    TooLarge(usize),
    /// The client took too long.
    #[error("the request body did not arrive within {} s", .0.as_secs())]
    Slow(Duration),
    /// It came more slowly than the slowest rate.
    #[error("the request body came too slowly")]
    Trickling,
    /// It is compressed.
    #[error("the request body must not be compressed: send it without `Content-Encoding`")]
    Encoded,
    /// The rules refuse it.
    #[error(transparent)]
    Shielded(#[from] Shielded),
    /// The connection broke.
    #[error("the request body could not be read")]
    Broken,
}

/// A whole body.
pub fn full(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into()).map_err(|never| match never {}).boxed_unsync()
}

/// Reads a request's body, at most `bytes_max`, within `timeout`.
///
/// # Errors
/// When it is too large, too slow, compressed, breaks off, or the web application firewall refuses it.
pub async fn read(request: Request<Incoming>, bytes_max: usize, timeout: Duration) -> Result<Bytes, BodyError> {
    if request.body().size_hint().lower() > bytes_max as u64 {
        discard(request, DISCARD_BYTES_MAX).await;
        return Err(BodyError::TooLarge(bytes_max));
    }
    if is_encoded(&request) {
        discard(request, bytes_max).await;
        return Err(BodyError::Encoded);
    }
    let (head, body) = request.into_parts();
    let pace = head.extensions.get().copied();
    let read =
        tokio::time::timeout(timeout, collect(body, bytes_max, pace)).await.map_err(|_| BodyError::Slow(timeout))??;
    shield::look(&head.extensions, &read)?;
    Ok(read)
}

/// Whether a body is other bytes than it stands for. Nothing is unpacked here: a few bytes could become all memory there is,
/// and what was inspected would not be what was sent.
fn is_encoded(request: &Request<Incoming>) -> bool {
    let mut codings = request.headers().get_all(CONTENT_ENCODING).into_iter();
    codings.any(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity"))
}

/// Reads a request's body and forgets it, at most `bytes_max` and for a few seconds, before a refusal.
///
/// A connection that is closed while its client still sends is reset, and then the client never sees the answer: SDKs
/// take it for a network error and send everything again.
pub async fn discard(request: Request<Incoming>, bytes_max: usize) {
    // Who asks first (`Expect: 100-continue`) has not sent anything yet and reads the answer instead.
    if request.headers().contains_key(EXPECT) || request.body().size_hint().lower() > bytes_max as u64 {
        return;
    }
    skip(&mut request.into_body(), bytes_max).await;
}

async fn skip(body: &mut Incoming, bytes_max: usize) {
    let read = async {
        let mut skipped = 0;
        while let Some(Ok(frame)) = body.frame().await {
            skipped += frame.data_ref().map_or(0, Bytes::len);
            if skipped > bytes_max {
                return;
            }
        }
    };
    // Whether all of it arrives changes nothing: the request is refused all the same.
    let _ = tokio::time::timeout(DISCARD_TIME_MAX, read).await;
}

async fn collect(mut body: Incoming, bytes_max: usize, mut pace: Option<Pace>) -> Result<Bytes, BodyError> {
    let mut first = Bytes::new();
    let mut rest = BytesMut::new();
    let expected = body.size_hint().exact().and_then(|exact| usize::try_from(exact).ok());
    while let Some(frame) = next(&mut body, pace.as_mut()).await? {
        let Ok(data) = frame.into_data() else { continue };
        if first.len() + rest.len() + data.len() > bytes_max {
            skip(&mut body, DISCARD_BYTES_MAX).await;
            return Err(BodyError::TooLarge(bytes_max));
        }
        if rest.is_empty() && first.is_empty() {
            first = data;
            if expected == Some(first.len()) {
                return Ok(first);
            }
            continue;
        }
        if rest.is_empty() {
            rest.reserve(expected.unwrap_or(0).min(bytes_max).max(first.len() + data.len()));
            rest.extend_from_slice(&std::mem::take(&mut first));
        }
        rest.extend_from_slice(&data);
    }
    Ok(if rest.is_empty() { first } else { rest.freeze() })
}

/// The next part of a body, for which its sender's pace pays.
async fn next(body: &mut Incoming, pace: Option<&mut Pace>) -> Result<Option<Frame<Bytes>>, BodyError> {
    let Some(pace) = pace else { return body.frame().await.transpose().map_err(|_| BodyError::Broken) };
    let begun = Instant::now();
    let frame = tokio::time::timeout(pace.left(), body.frame()).await.map_err(|_| BodyError::Trickling)?;
    pace.wait(begun.elapsed());
    let frame = frame.transpose().map_err(|_| BodyError::Broken)?;
    pace.earn(frame.as_ref().and_then(Frame::data_ref).map_or(0, Bytes::len));
    Ok(frame)
}
