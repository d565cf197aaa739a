//! The admin API of the gateway that runs on this machine, for commands about what only it knows.

use std::time::Duration;

use anyhow::{Context as _, bail};
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{Method, Request};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

use crate::config::Config;

/// A probe waits no longer.
const READY_TIMEOUT: Duration = Duration::from_secs(3);
const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;

/// How a command proves who it is to the running gateway.
#[derive(Debug, clap::Args)]
pub(super) struct Key {
    /// An API key with the scope `admin`.
    #[arg(long, global = true, env = "PORTCULLIS_KEY", hide_env_values = true, value_name = "KEY")]
    pub(super) key: Option<String>,
}

/// The admin API.
pub(super) struct Remote {
    base: String,
    key: SecretString,
    client: Client<HttpConnector, Full<bytes::Bytes>>,
}

impl Remote {
    /// The gateway of this configuration.
    ///
    /// # Errors
    /// When there is no key.
    pub(super) fn new(config: &Config, key: Option<String>) -> anyhow::Result<Self> {
        let key =
            key.context("this asks the running gateway: give an API key with the scope `admin` in PORTCULLIS_KEY")?;
        let base = format!("http://{}", config.server.admin_listen);
        Ok(Self { base, key: key.into(), client: Client::builder(TokioExecutor::new()).build_http() })
    }

    /// Whether the gateway of this configuration can serve.
    ///
    /// # Errors
    /// When none answers.
    pub(super) async fn is_ready(config: &Config) -> anyhow::Result<bool> {
        let client: Client<HttpConnector, Full<bytes::Bytes>> = Client::builder(TokioExecutor::new()).build_http();
        let uri = format!("http://{}/readyz", config.server.admin_listen).parse()?;
        let answer = tokio::time::timeout(READY_TIMEOUT, client.get(uri)).await.context("no answer in time")?;
        Ok(answer.context("no gateway answers")?.status().is_success())
    }

    /// Reads something.
    pub(super) async fn fetch(&self, path: &str) -> anyhow::Result<Value> {
        self.ask(Method::GET, path, String::new()).await
    }

    /// Does something.
    pub(super) async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        self.ask(Method::POST, path, body.to_string()).await
    }

    async fn ask(&self, method: Method, path: &str, body: String) -> anyhow::Result<Value> {
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base))
            .header(AUTHORIZATION, format!("Bearer {}", self.key.expose_secret()))
            .header(CONTENT_TYPE, "application/json")
            .body(Full::new(body.into()))?;
        let answer = self.client.request(request).await;
        let answer =
            answer.with_context(|| format!("no gateway answers at {}: is `portcullis serve` running?", self.base))?;
        let (parts, body) = answer.into_parts();
        let bytes =
            Limited::new(body, ANSWER_BYTES_MAX).collect().await.map_err(|error| anyhow::anyhow!(error))?.to_bytes();
        let value: Value = serde_json::from_slice(&bytes).context("the gateway's answer is not JSON")?;
        if !parts.status.is_success() {
            bail!("{}", value["error"]["message"].as_str().unwrap_or("the gateway refused"));
        }
        Ok(value)
    }
}

/// Text as a part of an address.
pub(super) fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}
