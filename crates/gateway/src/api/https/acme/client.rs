//! How an ACME server is spoken to: HTTPS alone, with an end to time and size.

use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::Limited;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use instant_acme::{BodyWrapper, BytesResponse, Error, HttpClient};

use crate::infra::network::egress::{Connector, Egress, Reach};
use crate::infra::trust;

/// For one question.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Longer answers are refused.
const BYTES_MAX: usize = 256 * 1024;

pub(super) struct Http(Client<HttpsConnector<Connector>, BodyWrapper<Bytes>>);

impl Http {
    /// Trusts the system's authorities, or those of a file in their place.
    pub(super) fn new(ca: Option<&Path>, egress: &Arc<Egress>) -> std::io::Result<Self> {
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(trust::client(ca)?)
            .https_only()
            .enable_http1()
            .wrap_connector(egress.connector(Reach::Configured, None));
        Ok(Self(Client::builder(TokioExecutor::new()).build(connector)))
    }
}

impl HttpClient for Http {
    fn request(
        &self,
        request: Request<BodyWrapper<Bytes>>,
    ) -> Pin<Box<dyn Future<Output = Result<BytesResponse, Error>> + Send>> {
        let answer = self.0.request(request);
        Box::pin(async move {
            match tokio::time::timeout(TIMEOUT, answer).await {
                Ok(Ok(answer)) => Ok(BytesResponse::from(answer.map(|body| Limited::new(body, BYTES_MAX)))),
                Ok(Err(error)) => Err(Error::Other(Box::new(error))),
                Err(_) => Err(Error::Timeout(None)),
            }
        })
    }
}
