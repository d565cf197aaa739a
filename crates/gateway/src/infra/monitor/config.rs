//! Settings of traces.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where traces go. Metrics are always at `/metrics` of the admin listener.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TelemetryConfig {
    /// OTLP over HTTP with protobuf (`http://127.0.0.1:4318`). Without it no traces are made.
    pub otlp_endpoint: Option<String>,
}
