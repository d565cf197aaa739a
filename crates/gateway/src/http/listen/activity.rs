//! What goes on on a connection: requests under way, since when there was none, and answers that wait for their reader.
//!
//! On HTTP/2 a client that does not read leaves no trace on the socket: it gives no window, and the answer's body is not
//! asked for any more. So each body says when it handed something over, and until it is asked again the client is waited for.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::Instant;

use crate::http::body::{Body, StreamBroken};
use crate::infra::network::ddos::{Cut, Ticket};

/// What goes on on one connection.
#[derive(Debug)]
pub(super) struct Activity {
    begun: Instant,
    under_way: Mutex<Vec<Arc<Handed>>>,
    served: AtomicUsize,
    /// Milliseconds from `begun` to when the last request ended, or an answer last moved.
    quiet_since_ms: AtomicU64,
    /// Bytes came since the last request ended: the beginning of the next one.
    heard: AtomicBool,
    flooded: AtomicBool,
    stalled: AtomicBool,
}

/// Milliseconds from the connection's beginning to when an answer's body handed something over; 0 while it is we who are
/// waited for.
type Handed = AtomicU64;

/// A write of fewer bytes may be the protocol talking to itself.
const MOVING_BYTES_MIN: usize = 256;

impl Activity {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            begun: Instant::now(),
            under_way: Mutex::default(),
            served: AtomicUsize::new(0),
            quiet_since_ms: AtomicU64::new(0),
            heard: AtomicBool::new(false),
            flooded: AtomicBool::new(false),
            stalled: AtomicBool::new(false),
        })
    }

    /// A request begins; it ends with what this gives.
    pub(super) fn begin(self: &Arc<Self>) -> UnderWay {
        self.served.fetch_add(1, Ordering::Relaxed);
        let handed = Arc::new(Handed::new(0));
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner).push(handed.clone());
        UnderWay { activity: self.clone(), handed }
    }

    /// So many bytes left.
    pub(super) fn wrote(&self, bytes: usize) {
        if bytes >= MOVING_BYTES_MIN {
            self.quiet_since_ms.store(self.now_ms(), Ordering::Relaxed);
        }
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Bytes came.
    pub(super) fn hear(&self) {
        self.heard.store(true, Ordering::Relaxed);
    }

    /// Whether some of a request came, and not all of it.
    pub(super) fn is_half_heard(&self) -> bool {
        self.heard.load(Ordering::Relaxed) && self.waited_for().is_none()
    }

    /// The client floods.
    pub(super) fn flood(&self) {
        self.flooded.store(true, Ordering::Relaxed);
    }

    /// The client reads too slowly.
    pub(super) fn stall(&self) {
        self.stalled.store(true, Ordering::Relaxed);
    }

    /// Why its socket broke it off, if it did.
    pub(super) fn cut(&self) -> Option<Cut> {
        if self.flooded.load(Ordering::Relaxed) {
            return Some(Cut::Flood);
        }
        self.stalled.load(Ordering::Relaxed).then_some(Cut::SlowReader)
    }

    /// Ends when there was no request for too long, at first and between two, or an answer waited too long for its reader.
    pub(super) async fn silence(&self, patience: Patience) -> Cut {
        loop {
            let between = if self.served.load(Ordering::Relaxed) == 0 { patience.first } else { patience.between };
            let quiet_since = || self.begun + Duration::from_millis(self.quiet_since_ms.load(Ordering::Relaxed));
            let deadline = match self.waited_for() {
                None => quiet_since() + between,
                Some(0) => Instant::now() + between.min(patience.stall),
                Some(handed_ms) => self.begun + Duration::from_millis(handed_ms) + patience.stall,
            };
            if deadline > Instant::now() {
                tokio::time::sleep_until(deadline).await;
                continue;
            }
            return match self.waited_for() {
                Some(_) => Cut::SlowReader,
                None if self.is_half_heard() => Cut::SlowHeaders,
                None => Cut::Idle,
            };
        }
    }

    /// Of the requests under way, if there are any: since when the longest waiting of them waits for its client, in
    /// milliseconds, or 0 where none does.
    fn waited_for(&self) -> Option<u64> {
        let under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        let handed = under_way.iter().map(|handed| handed.load(Ordering::Relaxed));
        let waiting = handed.filter(|ms| *ms > 0).min().unwrap_or(0);
        (!under_way.is_empty()).then_some(waiting)
    }
}

/// How long a connection may be silent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// Until its first request has come.
    pub(super) first: Duration,
    /// Between two requests.
    pub(super) between: Duration,
    /// While an answer waits to be read.
    pub(super) stall: Duration,
}

/// A request under way.
#[derive(Debug)]
pub(super) struct UnderWay {
    activity: Arc<Activity>,
    handed: Arc<Handed>,
}

impl UnderWay {
    /// The client is waited for.
    fn hand(&self) {
        self.handed.store(self.activity.now_ms() + 1, Ordering::Relaxed);
    }

    /// We are waited for.
    fn take_back(&self) {
        self.handed.store(0, Ordering::Relaxed);
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.activity.heard.store(false, Ordering::Relaxed);
        self.activity.quiet_since_ms.store(self.activity.now_ms(), Ordering::Relaxed);
        let mut under_way = self.activity.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        under_way.retain(|other| !Arc::ptr_eq(other, &self.handed));
    }
}

/// An answer's body, and what ends with it.
pub(super) struct Kept {
    body: Body,
    under_way: UnderWay,
    _ticket: Option<Arc<Ticket>>,
}

impl Kept {
    pub(super) fn new(body: Body, under_way: UnderWay, ticket: Option<Arc<Ticket>>) -> Self {
        under_way.hand();
        Self { body, under_way, _ticket: ticket }
    }
}

impl HttpBody for Kept {
    type Data = Bytes;
    type Error = StreamBroken;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, StreamBroken>>> {
        self.under_way.take_back();
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        if frame.is_ready() {
            self.under_way.hand();
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::body::full;

    const SOON: Duration = Duration::from_millis(5);
    const NEVER: Duration = Duration::from_secs(3_600);

    /// Why a connection was ended, if it was, in some time that is long against what is soon.
    async fn ended(activity: &Activity, first: Duration, between: Duration, stall: Duration) -> Option<Cut> {
        let silence = activity.silence(Patience { first, between, stall });
        tokio::time::timeout(SOON * 20, silence).await.ok()
    }

    #[tokio::test]
    async fn silence_ends_a_connection_and_a_request_does_not() {
        assert_eq!(ended(&Activity::new(), SOON, NEVER, NEVER).await, Some(Cut::Idle));
        let activity = Activity::new();
        let under_way = activity.begin();
        assert_eq!(ended(&activity, SOON, SOON, SOON).await, None, "waiting for a provider is no silence");
        drop(under_way);
        assert_eq!(ended(&activity, NEVER, SOON, NEVER).await, Some(Cut::Idle));
    }

    #[tokio::test]
    async fn half_a_request_is_told_from_none() {
        let activity = Activity::new();
        drop(activity.begin());
        activity.hear();
        assert_eq!(ended(&activity, NEVER, SOON, NEVER).await, Some(Cut::SlowHeaders));
    }

    #[tokio::test]
    async fn an_answer_that_nobody_asks_for_any_more_ends_the_connection() {
        let activity = Activity::new();
        let body = Kept::new(full(&b"an answer"[..]), activity.begin(), None);
        assert_eq!(ended(&activity, NEVER, NEVER, SOON).await, Some(Cut::SlowReader));
        drop(body);
    }

    #[tokio::test]
    async fn an_answer_that_is_still_leaving_is_no_silence() {
        let activity = Activity::new();
        drop(activity.begin());
        tokio::time::sleep(SOON * 2).await;
        let quiet_since_ms = || activity.quiet_since_ms.load(Ordering::Relaxed);
        let before = quiet_since_ms();
        activity.wrote(17);
        assert_eq!(quiet_since_ms(), before, "an acknowledgement is not an answer");
        activity.wrote(16 * 1024);
        assert!(quiet_since_ms() > before);
    }
}
