//! The HTTP client that spans leave through: hyper, as everywhere, instead of a second HTTP stack.

use std::sync::OnceLock;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use opentelemetry_http::{HttpClient, HttpError};
use tokio::runtime::Handle;

/// A collector's answers are short.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// Sends exports to a collector.
#[derive(Debug)]
pub(super) struct OtlpClient {
    runtime: Handle,
    client: OnceLock<Client<HttpsConnector<HttpConnector>, Full<Bytes>>>,
}

impl OtlpClient {
    /// Must be called on the runtime, which the exporter's own thread sends through.
    pub(super) fn new() -> Self {
        Self { runtime: Handle::current(), client: OnceLock::new() }
    }
}

#[async_trait::async_trait]
impl HttpClient for OtlpClient {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let connector = || HttpsConnectorBuilder::new().with_native_roots();
        let client = match self.client.get() {
            Some(client) => client.clone(),
            None => {
                let https = connector()?.https_or_http().enable_http1().build();
                self.client.get_or_init(|| Client::builder(TokioExecutor::new()).build(https)).clone()
            }
        };
        // The exporter calls from a thread without a runtime; the sockets belong to ours.
        let sending = self.runtime.spawn(async move {
            let (parts, body) = client.request(request.map(Full::new)).await?.into_parts();
            let body = Limited::new(body, ANSWER_BYTES_MAX).collect().await?.to_bytes();
            Ok::<_, HttpError>(Response::from_parts(parts, body))
        });
        sending.await?
    }
}
