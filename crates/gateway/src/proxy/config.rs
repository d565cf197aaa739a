//! Settings of providers and models.

use http::Uri;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::infra::secrets::SecretRef;

/// One model provider.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProviderConfig {
    /// The name that models refer to.
    pub name: String,
    /// The protocol it speaks.
    pub kind: ProviderKind,
    /// As its SDK writes it: with `/v1` for `openai`, without for `anthropic`.
    pub base_url: String,
    /// The provider's key, as a reference. Without it no credential is sent.
    #[serde(default)]
    pub key: Option<SecretRef>,
    /// Time to connect, in milliseconds.
    #[serde(default = "connect_timeout_ms")]
    pub connect_timeout_ms: u64,
    /// Time to the first byte of an answer, in milliseconds.
    #[serde(default = "first_byte_timeout_ms")]
    pub first_byte_timeout_ms: u64,
    /// Longest silence within an answer, in milliseconds.
    #[serde(default = "idle_timeout_ms")]
    pub idle_timeout_ms: u64,
    /// Tries after the first, on a connection failure, 408, 409, 429 or 5xx. Never after the first byte of an answer.
    #[serde(default = "retries")]
    pub retries: u8,
    /// Largest plain answer, in bytes.
    #[serde(default = "answer_bytes_max")]
    pub answer_bytes_max: usize,
}

/// The protocol of a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ProviderKind {
    /// OpenAI and everything compatible with it.
    Openai,
    /// Anthropic and everything compatible with it.
    Anthropic,
}

/// One model that clients may ask for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ModelConfig {
    /// What clients ask for. A `*` at the end stands for any rest.
    pub name: String,
    /// The provider that serves it.
    pub provider: String,
    /// What the provider calls it, when otherwise.
    #[serde(default)]
    pub upstream: Option<String>,
    /// Models to try in turn when this one's provider fails.
    #[serde(default)]
    pub fallback: Vec<String>,
}

impl ProviderConfig {
    /// One sentence for every broken rule, beginning with the field.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        match self.base_url.parse::<Uri>() {
            Ok(uri) if matches!(uri.scheme_str(), Some("http" | "https")) && uri.authority().is_some() => {
                if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
                    problems.push("base_url: must not carry credentials; use `key`".into());
                }
                if uri.query().is_some() {
                    problems.push("base_url: must not carry a query".into());
                }
            }
            _ => problems.push("base_url: must be an http:// or https:// URL".into()),
        }
        if self.name.is_empty() {
            problems.push("name: must not be empty".into());
        }
        if self.retries > 10 {
            problems.push("retries: must be at most 10".into());
        }
        problems
    }
}

fn connect_timeout_ms() -> u64 {
    3_000
}

fn first_byte_timeout_ms() -> u64 {
    120_000
}

fn idle_timeout_ms() -> u64 {
    60_000
}

fn retries() -> u8 {
    2
}

fn answer_bytes_max() -> usize {
    32 * 1024 * 1024
}
