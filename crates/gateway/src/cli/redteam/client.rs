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
use secrecy::ExposeSecret as _;
use serde_json::Value;

use super::target::Door;
use crate::infra::trust;

/// More of an answer is not read.
const ANSWER_BYTES_MAX: usize = 512 << 10;

/// A door to one address.
#[derive(Debug)]
pub(super) struct Client {
    http: HttpClient<HttpsConnector<HttpConnector>, Full<Bytes>>,
    uri: Uri,
    authorization: Option<HeaderValue>,
    timeout: Duration,
}

/// Why there is no answer. Holds nothing that the other side said.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoAnswer {
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
    pub(super) fn new(url: &str, door: Door) -> anyhow::Result<Self> {
        let uri: Uri = url.parse().map_err(|_| anyhow::anyhow!("`{url}` is not a URL"))?;
        let has_user = uri.authority().is_some_and(|authority| authority.as_str().contains('@'));
        anyhow::ensure!(
            matches!(uri.scheme_str(), Some("http" | "https")),
            "`{url}` does not begin with http or https"
        );
        anyhow::ensure!(!has_user, "the URL holds a user or a password; a key goes into --key-env");
        anyhow::ensure!(
            trust::is_private(&uri) || door.is_plaintext_allowed,
            "`{url}` is another machine without TLS; --danger-plaintext allows it"
        );
        let authorization = door.key.map(|key| {
            let mut value = HeaderValue::from_str(&format!("Bearer {}", key.expose_secret()))?;
            value.set_sensitive(true);
            Ok::<_, http::header::InvalidHeaderValue>(value)
        });
        let authorization = authorization.transpose().map_err(|_| anyhow::anyhow!("the key is no header value"))?;
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
    pub(super) const fn uri(&self) -> &Uri {
        &self.uri
    }

    /// Posts JSON and reads JSON.
    pub(super) async fn post(&self, body: &Value) -> Result<(StatusCode, Bytes, Value), NoAnswer> {
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
