//! OpenTelemetry traces: one span an exchange, with the `gen_ai.*` names.
//!
//! Spans are made when an exchange ends, from its record, so that the prompt path pays nothing for them when no
//! collector is configured. They carry names, counts and verdicts; never text, keys or addresses.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use opentelemetry::trace::{Span as _, SpanKind, Status, Tracer as _, TracerProvider as _};
use opentelemetry::{KeyValue, StringValue, Value};
use opentelemetry_otlp::{WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};

use super::config::TelemetryConfig;
use super::otlp::OtlpClient;
use crate::app::App;
use crate::event::exchange::{ExchangeRecord, Outcome};
use crate::infra::network::egress::Egress;

/// The names of attributes, in one place: the `gen_ai` conventions still move.
mod name {
    pub(super) const OPERATION: &str = "gen_ai.operation.name";
    pub(super) const PROVIDER: &str = "gen_ai.provider.name";
    pub(super) const REQUEST_MODEL: &str = "gen_ai.request.model";
    pub(super) const INPUT_TOKENS: &str = "gen_ai.usage.input_tokens";
    pub(super) const OUTPUT_TOKENS: &str = "gen_ai.usage.output_tokens";
    pub(super) const ERROR_TYPE: &str = "error.type";
    pub(super) const OUTCOME: &str = "portcullis.outcome";
    pub(super) const POLICY: &str = "portcullis.policy.name";
    pub(super) const RULES: &str = "portcullis.rules";
    pub(super) const OVERHEAD: &str = "portcullis.overhead_us";
    pub(super) const REQUEST_ID: &str = "portcullis.request.id";
}

/// Where spans go.
#[derive(Debug)]
pub struct Traces {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
}

impl Traces {
    /// Opens the exporter when an endpoint is configured.
    ///
    /// # Errors
    /// When the endpoint is not a URL.
    pub fn new(
        config: &TelemetryConfig,
        egress: &Arc<Egress>,
    ) -> Result<Option<Self>, opentelemetry_otlp::ExporterBuildError> {
        let Some(endpoint) = &config.otlp_endpoint else { return Ok(None) };
        let exporter = opentelemetry_otlp::SpanExporter::builder()
            .with_http()
            .with_http_client(OtlpClient::new(egress.clone()))
            .with_endpoint(format!("{}/v1/traces", endpoint.trim_end_matches('/')))
            .build()?;
        let resource = Resource::builder().with_service_name("portcullis").build();
        let provider = SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build();
        let tracer = provider.tracer("portcullis");
        Ok(Some(Self { provider, tracer }))
    }

    /// Sends what is left.
    pub fn close(&self) {
        if let Err(error) = self.provider.shutdown() {
            tracing::warn!(error = &error as &dyn std::error::Error, "the last traces were not sent");
        }
    }
}

/// Makes the span of an exchange that ended.
pub fn record(app: &App, record: &ExchangeRecord) {
    let Some(traces) = &app.traces else { return };
    let operation = operation(record.surface);
    let begun = SystemTime::UNIX_EPOCH + Duration::from_micros(record.time.as_microsecond().unsigned_abs());
    let ended = begun + Duration::from_micros(record.duration_us);
    let mut span = traces
        .tracer
        .span_builder(format!("{operation} {}", record.model))
        .with_kind(SpanKind::Client)
        .with_start_time(begun)
        .with_attributes(attributes(operation, record))
        .start(&traces.tracer);
    if record.outcome == Outcome::Failed {
        span.set_status(Status::error(record.failure.unwrap_or("failed")));
    }
    span.end_with_timestamp(ended);
}

fn attributes(operation: &'static str, record: &ExchangeRecord) -> Vec<KeyValue> {
    let int = |value: u64| Value::I64(i64::try_from(value).unwrap_or(i64::MAX));
    let rules: Vec<StringValue> = record.rules().into_iter().map(StringValue::from).collect();
    let mut attributes = vec![
        KeyValue::new(name::OPERATION, operation),
        KeyValue::new(name::REQUEST_MODEL, record.model.clone()),
        KeyValue::new(name::INPUT_TOKENS, int(record.input_tokens)),
        KeyValue::new(name::OUTPUT_TOKENS, int(record.output_tokens)),
        KeyValue::new(name::OUTCOME, record.outcome.name()),
        KeyValue::new(name::POLICY, record.policy.clone()),
        KeyValue::new(name::RULES, Value::Array(rules.into())),
        KeyValue::new(name::OVERHEAD, int(record.overhead_us)),
        KeyValue::new(name::REQUEST_ID, record.request_id.clone()),
    ];
    if let Some(provider) = &record.provider {
        attributes.push(KeyValue::new(name::PROVIDER, provider.clone()));
    }
    if let Some(failure) = record.failure {
        attributes.push(KeyValue::new(name::ERROR_TYPE, failure));
    }
    attributes
}

fn operation(surface: &str) -> &'static str {
    match surface {
        "/v1/embeddings" => "embeddings",
        "/v1/completions" => "text_completion",
        _ => "chat",
    }
}
