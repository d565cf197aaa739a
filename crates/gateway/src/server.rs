//! A running gateway: its listeners, the signals, and an orderly end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::app::{App, StartError};
use crate::config::ServerConfig;
use crate::http::listen::{Limits, serve};
use crate::http::router::Plane;
use crate::http::stack;

/// The admin plane is for operators and probes.
const ADMIN_CONNECTIONS_MAX: usize = 256;
/// A redirect is over at once.
const REDIRECT_CONNECTIONS_MAX: usize = 256;

/// The listeners, bound and serving.
#[derive(Debug)]
pub struct Server {
    app: Arc<App>,
    data: SocketAddr,
    admin: SocketAddr,
    redirect: Option<SocketAddr>,
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl Server {
    /// Binds the listeners and begins to serve.
    ///
    /// # Errors
    /// When an address cannot be had.
    pub async fn bind(app: Arc<App>) -> Result<Self, StartError> {
        let config = app.live().config.server.clone();
        Self::bind_at(app, config).await
    }

    /// As [`Server::bind`], at other addresses than the configured ones.
    ///
    /// # Errors
    /// When an address cannot be had.
    pub async fn bind_at(app: Arc<App>, config: ServerConfig) -> Result<Self, StartError> {
        let (stop, stopped) = watch::channel(false);
        let mut tasks = JoinSet::new();
        let mut open = async |address: SocketAddr, plane: Plane, connections_max: usize| {
            let listener =
                TcpListener::bind(address).await.map_err(StartError::io(format!("cannot listen on {address}")))?;
            let bound = listener.local_addr().map_err(StartError::io("the listener has no address"))?;
            let limits = Limits {
                connections_max,
                header_timeout: Duration::from_secs(config.header_timeout_s),
                grace: Duration::from_secs(config.shutdown_grace_s),
                proxy_protocol: plane == Plane::Data && config.proxy_protocol,
                plane,
                gate: app.gate.clone(),
            };
            let (app, current, told) = (app.clone(), app.clone(), app.clone());
            let handler = move |request| stack::answer(app.clone(), plane, request);
            let tls = move || if plane == Plane::Data { current.tls() } else { None };
            let failed = move |reason| told.metrics.handshake_failed(reason);
            tasks.spawn(serve(listener, limits, stopped.clone(), (tls, failed, handler)));
            Ok::<_, StartError>(bound)
        };
        let data = open(config.listen, Plane::Data, config.connections_max).await?;
        let admin = open(config.admin_listen, Plane::Admin, ADMIN_CONNECTIONS_MAX).await?;
        let redirect = match config.tls.as_ref().and_then(|tls| tls.redirect_listen) {
            Some(address) => Some(open(address, Plane::Redirect, REDIRECT_CONNECTIONS_MAX).await?),
            None => None,
        };
        Ok(Self { app, data, admin, redirect, stop, tasks })
    }

    /// Where SDKs connect.
    pub fn data_address(&self) -> SocketAddr {
        self.data
    }

    /// Where operators connect.
    pub fn admin_address(&self) -> SocketAddr {
        self.admin
    }

    /// Where plain requests are sent to HTTPS.
    pub fn redirect_address(&self) -> Option<SocketAddr> {
        self.redirect
    }

    /// What it runs on.
    pub fn app(&self) -> &Arc<App> {
        &self.app
    }

    /// Serves until SIGTERM or SIGINT, and reloads on SIGHUP.
    ///
    /// # Errors
    /// When signals cannot be received, or the last entries cannot be written.
    pub async fn run_until_signal(self) -> Result<(), StartError> {
        let mut terminate = signal(SignalKind::terminate()).map_err(StartError::io("signals cannot be received"))?;
        let mut interrupt = signal(SignalKind::interrupt()).map_err(StartError::io("signals cannot be received"))?;
        let mut hangup = signal(SignalKind::hangup()).map_err(StartError::io("signals cannot be received"))?;
        loop {
            tokio::select! {
                _ = terminate.recv() => break,
                _ = interrupt.recv() => break,
                _ = hangup.recv() => {
                    if let Err(error) = self.app.reload("SIGHUP").await {
                        tracing::error!(error = &error as &dyn std::error::Error, "the configuration was not reloaded; the last good one stays");
                    }
                }
            }
        }
        self.shutdown().await
    }

    /// Stops taking connections, lets running requests finish, and writes what is left.
    ///
    /// # Errors
    /// When the last entries cannot be written.
    pub async fn shutdown(mut self) -> Result<(), StartError> {
        let _ = self.stop.send(true);
        while self.tasks.join_next().await.is_some() {}
        self.app.close().await
    }
}
