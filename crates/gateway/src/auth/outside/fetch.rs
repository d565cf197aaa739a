//! Asking a provider: at most 256 KiB, within a time, and never to where it redirects.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderValue, Request, StatusCode, Uri};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde::de::DeserializeOwned;

use crate::infra::network::egress::{Connector, Egress, Reach, refusal};
use crate::infra::trust;

/// More bytes of an answer are not read.
const BYTES_MAX: usize = 256 * 1024;

/// Asks providers.
#[derive(Debug)]
pub(super) struct Fetcher(Client<HttpsConnector<Connector>, Full<Bytes>>);

/// An answer, read.
pub(super) struct Fetched {
    pub(super) status: StatusCode,
    pub(super) body: Bytes,
}

/// Why there is no answer. Holds nothing that the provider said.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// No connection, or it broke.
    #[error("it cannot be reached")]
    Unreachable,
    /// The way out is closed for it; says which setting would open it.
    #[error("{0}")]
    Closed(String),
    /// It took too long.
    #[error("it did not answer within {0} ms")]
    Slow(u64),
    /// It says too much.
    #[error("its answer is larger than 256 KiB")]
    TooLarge,
    /// Something else than 200; redirects are not followed.
    #[error("it answered {0}")]
    Status(u16),
    /// The answer is not what it has to be.
    #[error("its answer is not the JSON that is expected")]
    Form,
}

impl Fetcher {
    /// Opens no connection yet.
    ///
    /// # Errors
    /// When the system's root certificates cannot be read.
    pub(super) fn new(egress: &Arc<Egress>) -> std::io::Result<Self> {
        let https = hyper_rustls::HttpsConnectorBuilder::new()
            .with_tls_config(trust::client(None)?)
            .https_or_http()
            .enable_all_versions()
            .wrap_connector(egress.connector(Reach::Configured, None));
        Ok(Self(Client::builder(TokioExecutor::new()).pool_max_idle_per_host(4).build(https)))
    }

    /// Reads what stands at an address.
    pub(super) async fn get<T: DeserializeOwned>(&self, uri: &Uri, timeout_ms: u64) -> Result<T, FetchError> {
        let request = Request::get(uri).header(ACCEPT, HeaderValue::from_static("application/json"));
        let request = request.body(Full::default()).map_err(|_| FetchError::Unreachable)?;
        self.ask(request, timeout_ms).await?.json()
    }

    /// Sends a request.
    pub(super) async fn ask(&self, request: Request<Full<Bytes>>, timeout_ms: u64) -> Result<Fetched, FetchError> {
        let asked = async {
            let response = self.0.request(request).await.map_err(|error| FetchError::of(&error))?;
            let (parts, body) = response.into_parts();
            let is_jwt = parts.headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes() == b"application/jwt");
            if is_jwt {
                return Err(FetchError::Form);
            }
            let body = Limited::new(body, BYTES_MAX).collect().await.map_err(|error| {
                let is_long = error.downcast_ref::<http_body_util::LengthLimitError>().is_some();
                if is_long { FetchError::TooLarge } else { FetchError::Unreachable }
            })?;
            Ok(Fetched { status: parts.status, body: body.to_bytes() })
        };
        let limit = Duration::from_millis(timeout_ms);
        tokio::time::timeout(limit, asked).await.unwrap_or(Err(FetchError::Slow(timeout_ms)))
    }
}

impl FetchError {
    fn of(error: &hyper_util::client::legacy::Error) -> Self {
        refusal(error).map_or(Self::Unreachable, |why| Self::Closed(why.to_string()))
    }
}

impl Fetched {
    /// The answer, when it is one.
    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, FetchError> {
        if self.status != StatusCode::OK {
            return Err(FetchError::Status(self.status.as_u16()));
        }
        serde_json::from_slice(&self.body).map_err(|_| FetchError::Form)
    }
}
