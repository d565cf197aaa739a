//! One question over HTTP, and no more of the answer than is wanted.
//!
//! Invariants: an answer has an end in bytes and in time, whatever the other side does; redirects are not followed; prompts leave
//! this machine only over TLS unless that was allowed; the key is in a header and nowhere else.

use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Request, StatusCode, Uri};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client as HttpClient;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

use super::target::Door;
use crate::infra::trust;

/// More of an answer is not read.
const ANSWER_BYTES_MAX: usize = 512 << 10;

/// A door to one address.
#[derive(Debug)]
pub(in crate::cli) struct Client {
    http: HttpClient<HttpsConnector<HttpConnector>, Full<Bytes>>,
    uri: Uri,
    authorization: Option<HeaderValue>,
    timeout: Duration,
}

/// Why there is no answer. Holds nothing that the other side said.
#[derive(Debug, thiserror::Error)]
pub(in crate::cli) enum NoAnswer {
    #[error("it cannot be reached")]
    Unreachable,
    #[error("it took longer than {0} s")]
    Slow(u64),
    #[error("its answer is larger than 512 KiB, or broke off")]
    Body,
    #[error("its answer is not JSON")]
    Form,
}

impl Client {
    /// Opens no connection yet.
    pub(in crate::cli) fn new(url: &str, door: Door) -> anyhow::Result<Self> {
        let (uri, authorization) = door.at(url)?;
        let mut connector = HttpConnector::new();
        connector.enforce_http(false);
        connector.set_nodelay(true);
        let https = hyper_rustls::HttpsConnectorBuilder::new()
            .with_tls_config(trust::client(None)?)
            .https_or_http()
            .enable_all_versions()
            .wrap_connector(connector);
        let http = HttpClient::builder(TokioExecutor::new()).build(https);
        Ok(Self { http, uri, authorization, timeout: Duration::from_secs(door.timeout_s) })
    }

    /// Where it leads.
    pub(in crate::cli) const fn uri(&self) -> &Uri {
        &self.uri
    }

    /// Posts JSON and reads JSON.
    pub(in crate::cli) async fn post(&self, body: &Value) -> Result<(StatusCode, Bytes, Value), NoAnswer> {
        let mut request = Request::post(&self.uri)
            .header(CONTENT_TYPE, "application/json")
            .header(ACCEPT, "application/json")
            .body(Full::new(Bytes::from(body.to_string())))
            .map_err(|_| NoAnswer::Unreachable)?;
        if let Some(authorization) = &self.authorization {
            request.headers_mut().insert(AUTHORIZATION, authorization.clone());
        }
        let asked = async {
            let answer = self.http.request(request).await.map_err(|_| NoAnswer::Unreachable)?;
            let (parts, body) = answer.into_parts();
            let body = Limited::new(body, ANSWER_BYTES_MAX).collect().await.map_err(|_| NoAnswer::Body)?.to_bytes();
            let value = serde_json::from_slice(&body).map_err(|_| NoAnswer::Form)?;
            Ok((parts.status, body, value))
        };
        let slow = NoAnswer::Slow(self.timeout.as_secs());
        tokio::time::timeout(self.timeout, asked).await.unwrap_or(Err(slow))
    }
}
