//! Settings of traces.

use http::Uri;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::infra::trust;

/// Where traces go. Metrics are always at `/metrics` of the admin listener.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TelemetryConfig {
    /// OTLP over HTTP with protobuf (`http://127.0.0.1:4318`). Without it no traces are made.
    pub otlp_endpoint: Option<String>,
    /// Sends traces elsewhere than to loopback without TLS: whoever reads the network reads who asked for which model, when.
    pub danger_plaintext: bool,
}

impl TelemetryConfig {
    /// One sentence for every broken rule, naming the field.
    pub fn problems(&self) -> Vec<String> {
        let Some(endpoint) = &self.otlp_endpoint else { return Vec::new() };
        let problem = match endpoint.parse::<Uri>() {
            Ok(uri) if uri.authority().is_none() => "otlp_endpoint: must be an https:// or http:// URL",
            Ok(uri) if trust::is_private(&uri) || self.danger_plaintext => return Vec::new(),
            Ok(_) => "otlp_endpoint: http:// beyond loopback needs danger_plaintext = true: use https://",
            Err(_) => "otlp_endpoint: must be an https:// or http:// URL",
        };
        vec![problem.to_owned()]
    }
}
