//! Settings of providers and models.

use std::path::PathBuf;

use http::Uri;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::limit::Price;
use crate::infra::secrets::SecretRef;
use crate::infra::trust;

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
    /// A PEM file with the authority that its certificate is from, in the place of those of the system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca: Option<PathBuf>,
    /// Talks to a provider elsewhere than on loopback without TLS: whoever reads the network reads prompts, answers and its
    /// key.
    #[serde(default)]
    pub danger_plaintext: bool,
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
    /// Asks for the count of tokens at the end of a stream where a limit needs it (`stream_options.include_usage`), and
    /// keeps it from clients that did not. Without it, what a stream may have used counts.
    #[serde(default = "stream_usage")]
    pub stream_usage: bool,
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
    /// What a million tokens cost that it reads, in the unit of the limits on money.
    #[serde(default)]
    pub input_price: Option<f64>,
    /// What a million tokens cost that it writes.
    #[serde(default)]
    pub output_price: Option<f64>,
    /// Tokens that it writes in one answer at most. Limits on tokens and money reserve as many where a request asks for more
    /// or does not say, and end a stream that has more.
    #[serde(default = "output_tokens_max")]
    pub output_tokens_max: u64,
    /// Bytes of a prompt that are reserved as one token. A prompt never has more tokens than bytes, so 1 is safe; English has
    /// about 4 bytes a token, and with 3 or 4 prompts that are under way at one time may exceed a limit by what they have more.
    #[serde(default = "bytes_per_token")]
    pub bytes_per_token: u64,
}

impl ModelConfig {
    /// What it costs; `None` when the configuration does not say.
    pub fn price(&self) -> Option<Price> {
        let nanos = |price: f64| Price::nanos(price);
        Some(Price { input_nanos: nanos(self.input_price?)?, output_nanos: nanos(self.output_price.unwrap_or(0.0))? })
    }

    /// One sentence for every broken rule, beginning with the field.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        for (field, price) in [("input_price", self.input_price), ("output_price", self.output_price)] {
            if price.is_some_and(|price| Price::nanos(price).is_none()) {
                problems.push(format!("{field}: must be a price of a million tokens between 0 and 1000000"));
            }
        }
        if self.output_price.is_some() && self.input_price.is_none() {
            problems.push("output_price: needs input_price beside it".to_owned());
        }
        if !(1..=16_777_216).contains(&self.output_tokens_max) {
            let max = self.output_tokens_max;
            problems.push(format!("output_tokens_max: must be between 1 and 16777216, but is {max}"));
        }
        if !(1..=8).contains(&self.bytes_per_token) {
            problems.push(format!("bytes_per_token: must be between 1 and 8, but is {}", self.bytes_per_token));
        }
        problems
    }
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
                if !trust::is_private(&uri) && !self.danger_plaintext {
                    problems
                        .push("base_url: http:// beyond loopback needs danger_plaintext = true: use https://".into());
                }
                if self.ca.is_some() && uri.scheme_str() != Some("https") {
                    problems.push("ca: is of no use without https://".into());
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

fn stream_usage() -> bool {
    true
}

fn output_tokens_max() -> u64 {
    8_192
}

fn bytes_per_token() -> u64 {
    1
}
