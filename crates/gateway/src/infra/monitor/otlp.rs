//! The HTTP client that spans leave through: hyper, as everywhere, instead of a second HTTP stack.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use opentelemetry_http::{HttpClient, HttpError};
use tokio::runtime::Handle;

use crate::infra::network::egress::{Connector, Egress, Reach};
use crate::infra::trust;

/// A collector's answers are short.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// Sends exports to a collector.
#[derive(Debug)]
pub(super) struct OtlpClient {
    runtime: Handle,
    egress: Arc<Egress>,
    client: OnceLock<Client<HttpsConnector<Connector>, Full<Bytes>>>,
}

impl OtlpClient {
    /// Must be called on the runtime, which the exporter's own thread sends through.
    pub(super) fn new(egress: Arc<Egress>) -> Self {
        Self { runtime: Handle::current(), egress, client: OnceLock::new() }
    }
}

#[async_trait::async_trait]
impl HttpClient for OtlpClient {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let client = match self.client.get() {
            Some(client) => client.clone(),
            None => {
                let https = HttpsConnectorBuilder::new()
                    .with_tls_config(trust::client(None)?)
                    .https_or_http()
                    .enable_http1()
                    .wrap_connector(self.egress.connector(Reach::Configured, None));
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
