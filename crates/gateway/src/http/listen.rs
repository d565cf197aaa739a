//! Accepting connections.
//!
//! The accept loop is our own, so that time-outs, `TCP_NODELAY` and the caps on connections are set on every one. A
//! connection beyond a cap is closed at once instead of waiting for memory.
//!
//! A connection on its way: the gate (`infra::network::ddos`: bans, caps) → the PROXY header, where there is one
//! (`proxy_protocol`) → TLS → `socket`, which watches bytes (`frames`) → hyper, while `activity` watches for silence.
//! Why a connection was ended is counted, and what is an offence of its client is told the gate.

mod activity;
mod frames;
mod proxy_protocol;
mod socket;

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use rustls::pki_types::CertificateDer;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;

use super::body::Body;
use super::peer::Near;
use super::router::Plane;
use crate::api::https::handshake::{self, Reason, Terms};
use crate::infra::network::ddos::config::ConnectionConfig;
use crate::infra::network::ddos::pace::Pace;
use crate::infra::network::ddos::{Cut, Gate, Seat, Ticket, Turned};
use activity::{Activity, Kept, Patience};
use socket::Watched;

/// Pause after a failed accept (out of file descriptors), so that the loop does not spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(20);
/// Requests that a client took back and that are not yet forgotten; more end the connection (CVE-2023-44487).
const HTTP2_PENDING_RESETS_MAX: usize = 20;
/// Requests that were refused for what the client did wrong; more end the connection.
const HTTP2_LOCAL_RESETS_MAX: usize = 64;
/// Bytes of a request's head and of a read; heads are looked at more closely by `http::gate`.
const HTTP1_BUFFER_BYTES_MIN: usize = 64 * 1024;

/// Limits of one listener.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Open connections at most.
    pub connections_max: usize,
    /// Time to read a request's headers.
    pub header_timeout: Duration,
    /// Time that running requests get at the end.
    pub grace: Duration,
    /// Whether connections begin with a PROXY header.
    pub proxy_protocol: bool,
    /// Which listener it is. Addresses are not counted and not banned on the admin plane.
    pub plane: Plane,
    /// Who may come in.
    pub gate: Arc<Gate>,
}

/// The certificate that a client showed and that was verified, as the request's extension.
#[derive(Debug, Clone)]
pub struct ClientCertificate(pub CertificateDer<'static>);

/// Serves until `stop` turns true, then lets running requests finish within the grace. A connection gets the TLS that is in
/// force when it comes; where there is none, it is plain. `failed` is told why a handshake came to nothing.
pub async fn serve<T, H, F, R>(
    listener: TcpListener,
    limits: Limits,
    mut stop: watch::Receiver<bool>,
    (tls, failed, handler): (T, R, H),
) where
    T: Fn() -> Option<Terms>,
    R: Fn(Reason) + Clone + Send + 'static,
    H: Fn(Request<Incoming>) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Response<Body>> + Send + 'static,
{
    let slots = Arc::new(Semaphore::new(limits.connections_max));
    let graceful = GracefulShutdown::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.wait_for(|stop| *stop) => break,
        };
        let Some((stream, peer)) = usable(accepted).await else { continue };
        let slot = slots.clone().try_acquire_owned().map_err(|_| Turned::Full);
        let entry = slot.and_then(|slot| Ok((slot, limits.admit(peer.ip())?)));
        let (slot, seat) = match entry {
            Ok(entry) => entry,
            Err(turned) => {
                limits.gate.tally.turn(turned);
                continue;
            }
        };
        let connection = Connection {
            near: Near(peer.ip()),
            seat,
            limits: limits.clone(),
            watcher: graceful.watcher(),
            handler: handler.clone(),
        };
        let (tls, failed) = (tls(), failed.clone());
        tokio::spawn(async move {
            connection.arrive(stream, (tls, failed)).await;
            drop(slot);
        });
    }
    drop(listener);
    let _ = timeout(limits.grace, graceful.shutdown()).await;
}

impl Limits {
    /// Lets a connection in by its socket's address. Behind a proxy that says so in a header, that comes later.
    fn admit(&self, address: IpAddr) -> Result<Option<Seat>, Turned> {
        match (self.plane, self.proxy_protocol) {
            (Plane::Admin, _) => Ok(None),
            (_, true) if self.gate.trusts(address) => Ok(None),
            (_, true) => Err(Turned::Unproxied),
            (_, false) => self.gate.admit(address),
        }
    }

    /// Counts why a connection was ended, as its client's offence where it is one.
    fn end(&self, near: Near, cut: Cut) {
        self.gate.tally.cut(cut);
        if let Some(offence) = cut.offence().filter(|_| self.plane != Plane::Admin) {
            self.gate.offend(near.0, offence);
        }
    }
}

/// What a connection is served with.
struct Connection<H> {
    near: Near,
    seat: Option<Seat>,
    limits: Limits,
    watcher: Watcher,
    handler: H,
}

impl<H, F> Connection<H>
where
    H: Fn(Request<Incoming>) -> F,
    F: Future<Output = Response<Body>> + Send + 'static,
{
    /// From the socket to the first byte of HTTP.
    async fn arrive(mut self, mut stream: TcpStream, (tls, failed): (Option<Terms>, impl Fn(Reason))) {
        let patience = Duration::from_secs(self.limits.gate.rules().limits.handshake_timeout_s);
        if self.limits.proxy_protocol {
            let said = timeout(patience, proxy_protocol::read(&mut stream))
                .await
                .unwrap_or(Err(io::ErrorKind::TimedOut.into()));
            let admitted = said.map_err(|_| Turned::Unproxied).and_then(|said| {
                self.near = Near(said.unwrap_or(self.near.0));
                self.limits.gate.admit(self.near.0)
            });
            match admitted {
                Ok(seat) => self.seat = seat,
                Err(turned) => return self.limits.gate.tally.turn(turned),
            }
        }
        let Some(tls) = tls else { return self.attend(stream, None).await };
        match handshake::accept(tls, stream, patience).await {
            Ok(None) => {}
            Ok(Some(stream)) => {
                let shown = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
                let shown = shown.map(|shown| ClientCertificate(shown.clone().into_owned()));
                self.attend(stream, shown).await;
            }
            Err(reason) => {
                failed(reason);
                // Who failed at it was told why by the protocol; who did not go on with it holds places.
                if reason == handshake::TIMEOUT {
                    self.limits.end(self.near, Cut::Handshake);
                }
            }
        }
    }

    /// Serves HTTP on it, until its end.
    async fn attend(self, stream: impl AsyncRead + AsyncWrite + Unpin + 'static, shown: Option<ClientCertificate>) {
        let Self { near, seat: _seat, limits, watcher, handler } = self;
        let (rules, activity) = (limits.gate.rules(), Activity::new());
        let stall = Duration::from_secs(rules.limits.stall_timeout_s);
        let patience =
            Patience { first: limits.header_timeout, between: Duration::from_secs(rules.limits.idle_timeout_s), stall };
        let pace = Pace::new(stall, rules.limits.bytes_per_s_min);
        let stream = Watched::new(stream, activity.clone(), (pace, rules.limits.http2_control_frames_max));
        let on = &activity;
        let service = service_fn(move |mut request: Request<Incoming>| {
            let under_way = on.begin();
            request.extensions_mut().insert(near);
            if let Some(shown) = &shown {
                request.extensions_mut().insert(shown.clone());
            }
            let answer = handler(request);
            async move {
                let mut response = answer.await;
                let ticket = response.extensions_mut().remove::<Arc<Ticket>>();
                Ok::<_, Infallible>(response.map(|body| Kept::new(body, under_way, ticket)))
            }
        });
        let builder = builder(limits.header_timeout, &rules.limits);
        let connection = builder.serve_connection(TokioIo::new(stream), service);
        limits.gate.tally.open.inc();
        let why = tokio::select! {
            // A broken connection is the client's business: the exchange on it has recorded itself.
            ended = watcher.watch(connection) => ended.err().and_then(|error| why(error.as_ref(), &activity)),
            cut = activity.silence(patience) => Some(cut),
        };
        limits.gate.tally.open.dec();
        if let Some(cut) = why {
            limits.end(near, cut);
        }
    }
}

/// Why a connection ended with an error, when that was the client's doing.
fn why(error: &(dyn std::error::Error + 'static), activity: &Activity) -> Option<Cut> {
    if let Some(cut) = activity.cut() {
        return Some(cut);
    }
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<hyper::Error>() {
            if error.is_timeout() {
                return Some(if activity.is_half_heard() { Cut::SlowHeaders } else { Cut::Idle });
            }
            if error.is_parse() {
                return Some(Cut::Protocol);
            }
        }
        if let Some(error) = error.downcast_ref::<h2::Error>() {
            return match error.reason() {
                _ if error.is_remote() || error.is_io() => None,
                Some(h2::Reason::ENHANCE_YOUR_CALM) => Some(Cut::Flood),
                reason => reason.filter(|reason| *reason != h2::Reason::NO_ERROR).map(|_| Cut::Protocol),
            };
        }
        cause = error.source();
    }
    None
}

fn builder(header_timeout: Duration, limits: &ConnectionConfig) -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(header_timeout)
        .max_headers(limits.header_count_max)
        .max_buf_size(HTTP1_BUFFER_BYTES_MIN.max(limits.header_bytes_max as usize));
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits.http2_streams_max)
        .max_header_list_size(limits.header_bytes_max)
        .max_pending_accept_reset_streams(HTTP2_PENDING_RESETS_MAX)
        .max_local_error_reset_streams(HTTP2_LOCAL_RESETS_MAX)
        .keep_alive_interval(Some(Duration::from_secs(30)));
    builder
}

async fn usable(accepted: io::Result<(TcpStream, SocketAddr)>) -> Option<(TcpStream, SocketAddr)> {
    match accepted {
        // Without it, small stream frames wait for the client's delayed acknowledgement: 40 ms a token.
        Ok((stream, peer)) => stream.set_nodelay(true).ok().map(|()| (stream, peer)),
        Err(error) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "a connection could not be accepted");
            tokio::time::sleep(ACCEPT_PAUSE).await;
            None
        }
    }
}
