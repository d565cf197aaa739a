//! An OpenAI-compatible fine-tuning API: files go there, a job is begun, and asked how it goes.
//!
//! Invariants: it is dialled by the way out; data leaves this machine only over TLS unless that was allowed; answers have an end in
//! bytes and in time; the key is in a header and nowhere else; no redirect is followed.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Request};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client as HttpClient;
use hyper_util::rt::TokioExecutor;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::cli::redteam::target::Door;
use crate::infra::network::egress::config::EgressConfig;
use crate::infra::network::egress::{Connector, Egress, Reach, Rules, Target, refusal};
use crate::infra::trust;

/// Longer answers are not read.
const ANSWER_BYTES_MAX: usize = 4 << 20;
/// Of what the other side says of an error, this much is shown.
const REASON_CHARS_MAX: usize = 300;
/// Events that are asked for at once.
const EVENTS: usize = 100;

/// The API at one address.
#[derive(Debug)]
pub struct Tuning {
    http: HttpClient<HttpsConnector<Connector>, Full<Bytes>>,
    base: String,
    authorization: Option<HeaderValue>,
    timeout: Duration,
}

/// How a model is trained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// On conversations.
    Supervised,
    /// On pairs of a better and a worse answer.
    Dpo,
}

/// What is to be trained.
#[derive(Debug, Clone)]
pub struct Order {
    /// The model to begin with.
    pub model: String,
    /// How.
    pub method: Method,
    /// The id of the file to learn from.
    pub train: String,
    /// The id of the file to measure on.
    pub valid: Option<String>,
    /// A part of the new model's name.
    pub suffix: Option<String>,
}

/// A job as the API tells of it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Job {
    /// Its id.
    pub id: String,
    /// `validating_files`, `queued`, `running`, `succeeded`, `failed`, `cancelled` or `paused`.
    pub status: String,
    /// The new model, once there is one.
    #[serde(default)]
    pub fine_tuned_model: Option<String>,
    /// Why it failed.
    #[serde(default)]
    pub error: Option<Failure>,
}

/// Why a job failed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Failure {
    /// In words.
    #[serde(default)]
    pub message: Option<String>,
}

/// Something that happened in a job.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Event {
    /// Its id.
    pub id: String,
    /// In words.
    pub message: String,
}

#[derive(Deserialize)]
struct Id {
    id: String,
}

#[derive(Deserialize)]
struct List {
    data: Vec<Event>,
}

impl Job {
    /// Whether nothing more will happen.
    pub fn is_over(&self) -> bool {
        matches!(self.status.as_str(), "succeeded" | "failed" | "cancelled")
    }
}

impl Tuning {
    /// Connects to nothing yet. The address may lead where `egress` of the configuration lets an operator's own addresses lead.
    ///
    /// # Errors
    /// When the URL is none, holds a password, or leads elsewhere without TLS.
    pub fn new(base: &str, door: Door, egress: &EgressConfig) -> anyhow::Result<Self> {
        let (uri, authorization) = door.at(base)?;
        let egress = Arc::new(Egress::new(Rules::new(egress, vec![Target::of(&uri)?])));
        let timeout = Duration::from_secs(door.timeout_s);
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(trust::client(None)?)
            .https_or_http()
            .enable_all_versions()
            .wrap_connector(egress.connector(Reach::Configured, Some(timeout)));
        let http = HttpClient::builder(TokioExecutor::new()).build(connector);
        Ok(Self { http, base: base.trim_end_matches('/').to_owned(), authorization, timeout })
    }

    /// Sends a file to train with, and returns its id.
    ///
    /// # Errors
    /// When it is not taken.
    pub async fn upload(&self, name: &str, content: &[u8]) -> anyhow::Result<String> {
        let boundary = boundary(content);
        let head = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nfine-tune\r\n--{boundary}\r\n\
             Content-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: application/jsonl\r\n\r\n"
        );
        let body = [head.as_bytes(), content, format!("\r\n--{boundary}--\r\n").as_bytes()].concat();
        let kind = format!("multipart/form-data; boundary={boundary}");
        let Id { id } = self.ask(http::Method::POST, "/files", Some((kind, body.into()))).await?;
        plain(id)
    }

    /// Begins a job.
    ///
    /// # Errors
    /// When it is not taken.
    pub async fn begin(&self, order: &Order) -> anyhow::Result<Job> {
        let method = match order.method {
            Method::Supervised => "supervised",
            Method::Dpo => "dpo",
        };
        let mut body = json!({ "model": order.model, "training_file": order.train, "method": { "type": method } });
        for (key, value) in [("validation_file", &order.valid), ("suffix", &order.suffix)] {
            if let Some(value) = value {
                body[key] = Value::from(value.as_str());
            }
        }
        self.ask(
            http::Method::POST,
            "/fine_tuning/jobs",
            Some(("application/json".to_owned(), body.to_string().into())),
        )
        .await
    }

    /// How a job goes.
    ///
    /// # Errors
    /// When there is no such job.
    pub async fn job(&self, id: &str) -> anyhow::Result<Job> {
        self.ask(http::Method::GET, &format!("/fine_tuning/jobs/{}", plain(id.to_owned())?), None).await
    }

    /// What happened last, the oldest first.
    ///
    /// # Errors
    /// When there is no such job.
    pub async fn events(&self, id: &str) -> anyhow::Result<Vec<Event>> {
        let path = format!("/fine_tuning/jobs/{}/events?limit={EVENTS}", plain(id.to_owned())?);
        let List { mut data } = self.ask(http::Method::GET, &path, None).await?;
        data.reverse();
        Ok(data)
    }

    async fn ask<T: for<'d> Deserialize<'d>>(
        &self,
        method: http::Method,
        path: &str,
        body: Option<(String, Bytes)>,
    ) -> anyhow::Result<T> {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.base));
        request = request.header(ACCEPT, "application/json");
        if let Some(authorization) = &self.authorization {
            request = request.header(AUTHORIZATION, authorization.clone());
        }
        let body = match body {
            None => Bytes::new(),
            Some((kind, body)) => {
                request = request.header(CONTENT_TYPE, kind);
                body
            }
        };
        let request = request.body(Full::new(body))?;
        let asked = async {
            let answer = self.http.request(request).await.map_err(|error| unreachable(&error))?;
            let (parts, body) = answer.into_parts();
            let body = Limited::new(body, ANSWER_BYTES_MAX).collect().await;
            let body = body.map_err(|_| anyhow::anyhow!("the answer is larger than 4 MiB, or broke off"))?.to_bytes();
            anyhow::ensure!(
                parts.status.is_success(),
                "{path}: it answered {}{}",
                parts.status.as_u16(),
                reason(&body)
            );
            serde_json::from_slice(&body).with_context(|| format!("{path}: the answer is not what this API answers"))
        };
        let slow = || anyhow::anyhow!("{path}: it took longer than {} s", self.timeout.as_secs());
        tokio::time::timeout(self.timeout, asked).await.unwrap_or_else(|_| Err(slow()))
    }
}

fn unreachable(error: &(dyn std::error::Error + 'static)) -> anyhow::Error {
    match refusal(error) {
        Some(refused) => anyhow::anyhow!("egress: {refused}"),
        None => anyhow::anyhow!("it cannot be reached"),
    }
}

/// What an error of this API says, without what could move a cursor.
fn reason(body: &[u8]) -> String {
    let value: Value = serde_json::from_slice(body).unwrap_or_default();
    let said = value["error"]["message"].as_str().unwrap_or_default();
    if said.is_empty() { String::new() } else { format!(": {}", shown(said)) }
}

/// A text of the other side, as it can be shown.
pub(super) fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(REASON_CHARS_MAX).collect()
}

/// An id goes into paths, so it is no path.
fn plain(id: String) -> anyhow::Result<String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':' | '.');
    let is_id = !id.is_empty() && id.len() <= 200 && id.chars().all(is_plain) && !id.contains("..");
    anyhow::ensure!(is_id, "`{}` is no id", shown(&id));
    Ok(id)
}

/// A line that the content does not hold.
fn boundary(content: &[u8]) -> String {
    let hash = super::hash(content);
    let mut boundary = format!("portcullis-{}", &hash[..40]);
    while content.windows(boundary.len()).any(|part| part == boundary.as_bytes()) {
        boundary.push('x');
    }
    boundary
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_never_a_path() {
        assert!(plain("ftjob-Ab_1".to_owned()).is_ok());
        for id in ["", "a/b", "..", "a?b", "a b", "a\n"] {
            assert!(plain(id.to_owned()).is_err(), "{id}");
        }
    }

    #[test]
    fn where_data_must_not_go_it_does_not() {
        let door = || Door { key: None, timeout_s: 1, is_plaintext_allowed: false };
        let refused = |url: &str| format!("{:#}", Tuning::new(url, door(), &EgressConfig::default()).unwrap_err());
        assert!(refused("http://tuning.example/v1").contains("without TLS"));
        assert!(refused("https://user:word@tuning.example/v1").contains("--key-env"));
        assert!(refused("ftp://tuning.example").contains("http"));
    }
}
