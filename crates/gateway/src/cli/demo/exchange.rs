//! One request over real HTTP, and how long its answer took.
//!
//! Invariants: only `http://` is spoken, as the demonstration never leaves loopback; an answer is read to its end or up to
//! `ANSWER_BYTES_MAX`, and for no longer than `PATIENCE`.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use bytes::Bytes;
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

use super::conversation::{Conversation, Surface};
use super::reading::Reading;

const ANSWER_BYTES_MAX: usize = 16 << 20;
const PATIENCE: Duration = Duration::from_secs(20);

/// The header in which the gateway names the rules that acted.
const RULES_HEADER: &str = "x-portcullis-rules";

/// A client of the provider or the gateway.
#[derive(Debug, Clone)]
pub struct Caller {
    http: Client<HttpConnector, Full<Bytes>>,
    base: String,
    key: SecretString,
}

/// An answer and its time.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// The status line's number.
    pub status: StatusCode,
    /// What the client read.
    pub reading: Reading,
    /// From the first byte sent to the last received.
    pub took: Duration,
}

impl Caller {
    /// A caller of the server at `base` (`http://127.0.0.1:9000`), with this key.
    pub fn new(base: &str, key: SecretString) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let http = Client::builder(TokioExecutor::new()).build(connector);
        Self { http, base: base.trim_end_matches('/').to_owned(), key }
    }

    /// Holds a conversation.
    ///
    /// # Errors
    /// When the server cannot be reached or breaks the connection.
    pub async fn hold(&self, conversation: &Conversation) -> anyhow::Result<Exchange> {
        let request = self.request(Method::POST, conversation.surface.path());
        let request = match conversation.surface {
            Surface::Messages => {
                request.header("x-api-key", self.key.expose_secret()).header("anthropic-version", "2023-06-01")
            }
            _ => request.header("authorization", format!("Bearer {}", self.key.expose_secret())),
        };
        let started = Instant::now();
        let (parts, body) = self.send(request, Bytes::from(conversation.body.to_string())).await?;
        let took = started.elapsed();
        let mut reading = Reading::of(&body, conversation.streams());
        if let Some(rules) = parts.headers.get(RULES_HEADER).and_then(|value| value.to_str().ok()) {
            reading.name_rules(rules);
        }
        Ok(Exchange { status: parts.status, reading, took })
    }

    /// The requests the provider has seen since [`Caller::forget`].
    ///
    /// # Errors
    /// When the server is not the provider of the demonstration.
    pub async fn requests(&self) -> anyhow::Result<Value> {
        let (_, body) = self.send(self.request(Method::GET, "/__requests"), Bytes::new()).await?;
        serde_json::from_slice(&body).context("reading the provider's record")
    }

    /// Tells the provider what to answer to `run script NAME`.
    ///
    /// # Errors
    /// When the server cannot be reached.
    pub async fn register(&self, name: &str, script: &Value) -> anyhow::Result<()> {
        let request = self.request(Method::PUT, &format!("/__scripts/{name}"));
        self.send(request, Bytes::from(script.to_string())).await.map(drop)
    }

    /// Makes the provider forget the requests it has seen.
    ///
    /// # Errors
    /// When the server cannot be reached.
    pub async fn forget(&self) -> anyhow::Result<()> {
        self.send(self.request(Method::DELETE, "/__requests"), Bytes::new()).await.map(drop)
    }

    fn request(&self, method: Method, path: &str) -> http::request::Builder {
        Request::builder().method(method).uri(format!("{}{path}", self.base)).header("content-type", "application/json")
    }

    async fn send(
        &self,
        request: http::request::Builder,
        body: Bytes,
    ) -> anyhow::Result<(http::response::Parts, Bytes)> {
        let request = request.body(Full::new(body)).with_context(|| format!("building a request to {}", self.base))?;
        let exchange = async {
            let response = self.http.request(request).await.with_context(|| format!("reaching {}", self.base))?;
            let (parts, body) = response.into_parts();
            let body = Limited::new(body, ANSWER_BYTES_MAX).collect().await;
            let body = body
                .map_err(anyhow::Error::from_boxed)
                .with_context(|| format!("reading an answer of {}", self.base))?;
            Ok((parts, body.to_bytes()))
        };
        tokio::time::timeout(PATIENCE, exchange).await.with_context(|| format!("waiting for {}", self.base))?
    }
}
