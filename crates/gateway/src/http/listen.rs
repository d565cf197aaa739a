//! Accepting connections.
//!
//! The accept loop is our own, so that time-outs, `TCP_NODELAY` and the cap on connections are set on every one. A
//! connection beyond the cap is closed at once instead of waiting for memory.

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
use rustls::ServerConfig;
use rustls::pki_types::CertificateDer;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;

use super::body::Body;
use crate::api::https::handshake::{self, Reason};

/// Pause after a failed accept (out of file descriptors), so that the loop does not spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(20);
const HTTP2_STREAMS_MAX: u32 = 256;
const HTTP2_HEADER_BYTES_MAX: u32 = 32 * 1024;
const HTTP2_PENDING_RESETS_MAX: usize = 32;

/// Limits of one listener.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Open connections at most.
    pub connections_max: usize,
    /// Time to read a request's headers.
    pub header_timeout: Duration,
    /// Time that running requests get at the end.
    pub grace: Duration,
}

/// Whose connection a request came on, as the request's extension.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub IpAddr);

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
    T: Fn() -> Option<Arc<ServerConfig>>,
    R: Fn(Reason) + Clone + Send + 'static,
    H: Fn(Request<Incoming>) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Response<Body>> + Send + 'static,
{
    let builder = builder(&limits);
    let slots = Arc::new(Semaphore::new(limits.connections_max));
    let graceful = GracefulShutdown::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.wait_for(|stop| *stop) => break,
        };
        let Some((stream, peer)) = usable(accepted).await else { continue };
        let Ok(slot) = slots.clone().try_acquire_owned() else { continue };
        let connection = Connection {
            peer: Peer(peer.ip()),
            builder: builder.clone(),
            watcher: graceful.watcher(),
            handler: handler.clone(),
        };
        let (tls, failed, patience) = (tls(), failed.clone(), limits.header_timeout);
        tokio::spawn(async move {
            match tls {
                None => connection.attend(stream, None).await,
                Some(tls) => match handshake::accept(tls, stream, patience).await {
                    Ok(stream) => {
                        let shown = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
                        let shown = shown.map(|shown| ClientCertificate(shown.clone().into_owned()));
                        connection.attend(stream, shown).await;
                    }
                    Err(reason) => failed(reason),
                },
            }
            drop(slot);
        });
    }
    drop(listener);
    let _ = timeout(limits.grace, graceful.shutdown()).await;
}

/// What a connection is served with.
struct Connection<H> {
    peer: Peer,
    builder: auto::Builder<TokioExecutor>,
    watcher: Watcher,
    handler: H,
}

impl<H, F> Connection<H>
where
    H: Fn(Request<Incoming>) -> F,
    F: Future<Output = Response<Body>> + Send + 'static,
{
    async fn attend(self, stream: impl AsyncRead + AsyncWrite + Unpin + 'static, shown: Option<ClientCertificate>) {
        let Self { peer, builder, watcher, handler } = self;
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(peer);
            if let Some(shown) = &shown {
                request.extensions_mut().insert(shown.clone());
            }
            let answer = handler(request);
            async move { Ok::<_, Infallible>(answer.await) }
        });
        // A broken connection is the client's business: the exchange on it has recorded itself.
        let _ = watcher.watch(builder.serve_connection(TokioIo::new(stream), service).into_owned()).await;
    }
}

fn builder(limits: &Limits) -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(limits.header_timeout).max_headers(100);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(HTTP2_STREAMS_MAX)
        .max_header_list_size(HTTP2_HEADER_BYTES_MAX)
        .max_pending_accept_reset_streams(HTTP2_PENDING_RESETS_MAX)
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
