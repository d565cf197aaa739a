//! What HTTP clients dial with: looks at the target, then gives the very addresses it looked at to hyper's connector, which
//! tries them in turn and has nothing left to resolve.

use std::future::{Future, Ready, ready};
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tower_service::Service;

use super::{Egress, EgressError, Reach, Target};

/// Dials for a client over HTTP.
#[derive(Debug, Clone)]
pub struct Connector {
    egress: Arc<Egress>,
    reach: Reach,
    timeout: Option<Duration>,
}

impl Connector {
    pub(super) fn new(egress: Arc<Egress>, reach: Reach, timeout: Option<Duration>) -> Self {
        Self { egress, reach, timeout }
    }

    async fn dial(self, uri: Uri) -> Result<TokioIo<TcpStream>, EgressError> {
        let target = Target::of(&uri)?;
        let addresses = self.egress.addresses(&target, self.reach).await?;
        let mut http = HttpConnector::new_with_resolver(Pinned(addresses));
        http.enforce_http(false);
        http.set_nodelay(true);
        http.call(uri).await.map_err(|error| EgressError::Connect(error.into()))
    }
}

impl Service<Uri> for Connector {
    type Response = TokioIo<TcpStream>;
    type Error = EgressError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, EgressError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), EgressError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let (dialled, timeout) = (self.clone().dial(uri), self.timeout);
        Box::pin(async move {
            match timeout {
                Some(timeout) => tokio::time::timeout(timeout, dialled).await.unwrap_or(Err(EgressError::Timeout)),
                None => dialled.await,
            }
        })
    }
}

/// Answers every question for a name with the addresses that were looked at.
#[derive(Debug, Clone)]
struct Pinned(Vec<SocketAddr>);

impl Service<Name> for Pinned {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Ready<io::Result<Self::Response>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Name) -> Self::Future {
        ready(Ok(self.0.clone().into_iter()))
    }
}
