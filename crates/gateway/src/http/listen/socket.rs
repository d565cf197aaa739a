//! A connection's bytes on their way: whether the client floods, and whether it reads.

use std::future::Future as _;
use std::io::{self, ErrorKind, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

use super::activity::Activity;
use super::frames::Frames;
use crate::infra::network::ddos::pace::Pace;

/// A stream that is watched.
pub(super) struct Watched<S> {
    stream: S,
    activity: Arc<Activity>,
    frames: Frames,
    pace: Pace,
    waiting: Option<(Instant, Pin<Box<Sleep>>)>,
}

impl<S> Watched<S> {
    pub(super) fn new(stream: S, activity: Arc<Activity>, (pace, control_frames_max): (Pace, u32)) -> Self {
        Self { stream, activity, frames: Frames::new(control_frames_max), pace, waiting: None }
    }

    /// Spends the pace while the client does not take what is written, and ends the connection when it is spent.
    fn written(&mut self, cx: &mut Context<'_>, outcome: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match outcome {
            Poll::Pending => {
                let left = self.pace.left();
                let (_, sleep) = self.waiting.get_or_insert_with(|| {
                    let now = Instant::now();
                    (now, Box::pin(tokio::time::sleep_until(now + left)))
                });
                if sleep.as_mut().poll(cx).is_pending() {
                    return Poll::Pending;
                }
                self.activity.stall();
                Poll::Ready(Err(io::Error::new(ErrorKind::TimedOut, "the client does not read")))
            }
            Poll::Ready(outcome) => {
                if let Some((since, _)) = self.waiting.take() {
                    self.pace.wait(since.elapsed());
                }
                if let Ok(bytes) = outcome {
                    self.pace.earn(bytes);
                    self.activity.wrote(bytes);
                }
                Poll::Ready(outcome)
            }
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        let outcome = Pin::new(&mut this.stream).poll_read(cx, buf);
        let bytes = &buf.filled()[before..];
        if matches!(outcome, Poll::Ready(Ok(()))) && !bytes.is_empty() {
            if let Err(flood) = this.frames.take(bytes) {
                this.activity.flood();
                return Poll::Ready(Err(io::Error::new(ErrorKind::ConnectionAborted, flood)));
            }
            // On HTTP/2 bytes come between requests, too: acknowledgements and windows.
            if !this.frames.is_http2() {
                this.activity.hear();
            }
        }
        outcome
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let outcome = Pin::new(&mut this.stream).poll_write(cx, bytes);
        this.written(cx, outcome)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let outcome = Pin::new(&mut this.stream).poll_write_vectored(cx, slices);
        this.written(cx, outcome)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        // A TLS stream writes when it is flushed, so a client that does not read shows here too.
        let outcome = Pin::new(&mut this.stream).poll_flush(cx).map_ok(|()| 0);
        this.written(cx, outcome).map_ok(drop)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let outcome = Pin::new(&mut this.stream).poll_shutdown(cx).map_ok(|()| 0);
        this.written(cx, outcome).map_ok(drop)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;
    use crate::infra::network::ddos::Cut;

    /// Writes a mebibyte to somebody who reads so many bytes each millisecond; whether they are cut.
    async fn is_cut(bytes_per_ms: usize, purse: Duration) -> bool {
        let (ours, mut theirs) = tokio::io::duplex(1_024);
        tokio::spawn(async move {
            let mut read = vec![0; bytes_per_ms.max(1)];
            loop {
                tokio::time::sleep(Duration::from_millis(1)).await;
                if bytes_per_ms > 0 && theirs.read_exact(&mut read).await.is_err() {
                    break;
                }
            }
        });
        let activity = Activity::new();
        let mut watched = Watched::new(ours, activity.clone(), (Pace::new(purse, 64 * 1024), 100));
        let written = watched.write_all(&vec![0; 1 << 20]).await;
        assert_eq!(written.is_err(), activity.cut() == Some(Cut::SlowReader));
        written.is_err()
    }

    #[tokio::test]
    async fn who_does_not_read_or_reads_too_slowly_is_cut() {
        let purse = Duration::from_millis(50);
        assert!(is_cut(0, purse).await);
        assert!(is_cut(1, purse).await);
        assert!(!is_cut(16 * 1024, Duration::from_secs(60)).await);
    }
}
