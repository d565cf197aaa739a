//! The only door to a provider.
//!
//! [`Upstream::send`] takes a [`Permit`], a [`Reservation`] and [`Cleared`] bodies by type: nothing reaches a provider that
//! was not allowed, reserved and inspected. It tries the model's own provider with back-off, then its fallbacks, and
//! never again once an answer has begun.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use secrecy::ExposeSecret;
use wire::{Changes, Surface};

use super::config::{ProviderConfig, ProviderKind};
use super::inspect::Cleared;
use super::pressure::{Pressure, Slot};
use crate::api::limit::{Price, Reservation};
use crate::data::access::Permit;
use crate::infra::network::ddos::Gate;
use crate::infra::network::egress::{Connector, Egress, EgressError, Reach, refusal};
use crate::infra::secrets::SecretError;
use crate::infra::trust;

/// The first pause between tries; it doubles each time.
const BACKOFF: Duration = Duration::from_millis(150);
/// The longest pause between tries, also when the provider asks for more: beyond, the client is told.
const BACKOFF_MAX: Duration = Duration::from_secs(3);
const IDLE_CONNECTIONS_MAX: usize = 256;

type HttpClient = Client<HttpsConnector<Connector>, Full<Bytes>>;

/// The pooled connections to all providers.
#[derive(Debug, Clone)]
pub struct Upstream {
    client: HttpClient,
    gate: Arc<Gate>,
    /// What each provider has to do.
    pub pressure: Arc<Pressure>,
}

/// One provider, ready to be asked.
#[derive(Debug)]
pub struct Provider {
    /// As configured.
    pub name: String,
    /// The protocol it speaks.
    pub kind: ProviderKind,
    /// Longest silence within an answer.
    pub idle_timeout: Duration,
    /// Largest plain answer.
    pub answer_bytes_max: usize,
    /// Whether it may be asked for counts of tokens that the client does not want.
    pub stream_usage: bool,
    base: String,
    credential: Option<HeaderValue>,
    /// Its own, when its certificate is from an authority of its own.
    client: Option<HttpClient>,
    first_byte_timeout: Duration,
    retries: u8,
}

/// One model at one provider.
#[derive(Debug, Clone)]
pub struct Target {
    /// Who serves it.
    pub provider: Arc<Provider>,
    /// What the provider calls it.
    pub model: String,
    /// What it costs.
    pub price: Price,
}

/// A provider's answer, its body not yet read.
#[derive(Debug)]
pub struct Answer {
    /// Who answered.
    pub target: Target,
    /// Status, headers, body.
    pub response: Response<Incoming>,
    /// Tries before this one.
    pub retried: u32,
    /// The count of tokens was asked for by us alone.
    pub hides_usage: bool,
    /// The place at the provider, until the answer has ended.
    pub slot: Option<Slot>,
}

/// Why a provider cannot be asked.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// Its key cannot be had.
    #[error("its key cannot be had")]
    Key(#[from] SecretError),
    /// The authority of its certificate cannot be read.
    #[error("its `ca` cannot be read")]
    Authority(#[source] std::io::Error),
}

/// No provider answered.
#[derive(Debug, thiserror::Error)]
pub enum UpstreamError {
    /// The connection could not be made or broke before an answer.
    #[error("the provider `{provider}` could not be reached")]
    Unreachable {
        /// Who.
        provider: String,
        /// Why.
        source: hyper_util::client::legacy::Error,
    },
    /// The way out is closed for it; where it leads is in the log, not in the answer.
    #[error("the provider `{provider}` may not be connected to: see [egress]")]
    Closed {
        /// Who.
        provider: String,
    },
    /// No answer in time.
    #[error("the provider `{provider}` did not answer within {} s", .after.as_secs_f32())]
    Timeout {
        /// Who.
        provider: String,
        /// How long we waited.
        after: Duration,
    },
    /// It has as much to do as it can.
    #[error("the provider `{provider}` has as many prompts under way as it can serve without delay")]
    Overloaded {
        /// Who.
        provider: String,
    },
    /// Request line or headers could not be built.
    #[error("the request to `{provider}` could not be built")]
    Build {
        /// For whom.
        provider: String,
        /// Why.
        source: http::Error,
    },
}

impl Upstream {
    /// Opens no connection yet.
    ///
    /// # Errors
    /// When the system's root certificates cannot be read.
    pub fn new(connect_timeout: Duration, gate: Arc<Gate>, egress: &Arc<Egress>) -> std::io::Result<Self> {
        Ok(Self { client: client(connect_timeout, None, egress)?, gate, pressure: Arc::default() })
    }

    /// Asks the first target, then the others in turn, until one answers with something else than a passing failure.
    /// One that has as much to do as it can is passed over; `gives_way` says that this prompt waits behind others.
    ///
    /// # Errors
    /// When none answered. A provider's own error answer is an answer.
    pub async fn send(
        &self,
        proof: (&Permit, &Reservation),
        request: &Cleared<Outbound>,
        targets: &[Target],
        gives_way: bool,
    ) -> Result<Answer, UpstreamError> {
        let (_, reservation) = proof;
        let wants_usage = reservation.is_metered();
        let mut retried = 0;
        for (index, target) in targets.iter().enumerate() {
            let last = index + 1 == targets.len();
            let outcome = match self.enter(&target.provider.name, gives_way) {
                Ok(slot) => {
                    let outcome = self.ask(target, request, wants_usage, &mut retried).await;
                    if is_too_much(&outcome) {
                        slot.refused();
                    }
                    outcome.map(|response| (response, slot))
                }
                Err(overloaded) => Err(overloaded),
            };
            match outcome {
                Ok((response, slot)) if last || !passing(response.status()) => {
                    let hides_usage = wants_usage && request.asks_usage_of(target);
                    return Ok(Answer { target: target.clone(), response, retried, hides_usage, slot: Some(slot) });
                }
                Err(error) if last => return Err(error),
                Ok(_) | Err(_) => retried += 1,
            }
        }
        unreachable!("a model has at least one target")
    }

    /// A place at a provider.
    fn enter(&self, provider: &str, gives_way: bool) -> Result<Slot, UpstreamError> {
        let rules = self.gate.rules();
        self.pressure.enter(provider, gives_way, &rules.overload).ok_or_else(|| {
            self.gate.shed("provider", provider);
            UpstreamError::Overloaded { provider: provider.to_owned() }
        })
    }

    /// One target, with its retries.
    async fn ask(
        &self,
        target: &Target,
        request: &Cleared<Outbound>,
        wants_usage: bool,
        retried: &mut u32,
    ) -> Result<Response<Incoming>, UpstreamError> {
        let body = request.render(&target.model, wants_usage && request.asks_usage_of(target));
        let mut left = target.provider.retries;
        let mut pause = BACKOFF;
        loop {
            let outcome = self.once(&target.provider, request, body.clone()).await;
            let wait = match &outcome {
                Ok(response) if passing(response.status()) => asked_pause(response.headers()).unwrap_or(pause),
                Err(UpstreamError::Unreachable { .. }) => pause,
                Ok(_) | Err(_) => return outcome,
            };
            if left == 0 || wait > BACKOFF_MAX {
                return outcome;
            }
            left -= 1;
            *retried += 1;
            tokio::time::sleep(wait).await;
            pause = (pause * 2).min(BACKOFF_MAX);
        }
    }

    async fn once(
        &self,
        provider: &Provider,
        request: &Cleared<Outbound>,
        body: Bytes,
    ) -> Result<Response<Incoming>, UpstreamError> {
        let request = provider
            .request(request.surface(), request.headers(), body)
            .map_err(|source| UpstreamError::Build { provider: provider.name.clone(), source })?;
        let client = provider.client.as_ref().unwrap_or(&self.client);
        match tokio::time::timeout(provider.first_byte_timeout, client.request(request)).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(source)) => Err(match refusal(&source) {
                Some(why) => closed(provider, why),
                None => UpstreamError::Unreachable { provider: provider.name.clone(), source },
            }),
            Err(_) => {
                Err(UpstreamError::Timeout { provider: provider.name.clone(), after: provider.first_byte_timeout })
            }
        }
    }
}

fn closed(provider: &Provider, why: &EgressError) -> UpstreamError {
    let error: &dyn std::error::Error = why;
    tracing::error!(provider = provider.name, error, "a provider may not be connected to");
    UpstreamError::Closed { provider: provider.name.clone() }
}

/// Pooled connections, trusting the system's authorities, or those of a file.
fn client(connect_timeout: Duration, ca: Option<&Path>, egress: &Arc<Egress>) -> std::io::Result<HttpClient> {
    let https = HttpsConnectorBuilder::new()
        .with_tls_config(trust::client(ca)?)
        .https_or_http()
        .enable_all_versions()
        .wrap_connector(egress.connector(Reach::Configured, Some(connect_timeout)));
    Ok(Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(Duration::from_secs(60))
        .pool_max_idle_per_host(IDLE_CONNECTIONS_MAX)
        .build(https))
}

/// What goes out once it is cleared: the request with its edits, and the headers.
#[derive(Debug)]
pub struct Outbound {
    /// The parsed request.
    pub request: wire::Request,
    /// What was masked or marked.
    pub edits: Vec<(usize, String)>,
    /// What the gateway adds as the operator's, where the request says nothing as such.
    pub instruction: Option<String>,
    /// Headers by allow-list.
    pub headers: HeaderMap,
}

impl Cleared<Outbound> {
    fn surface(&self) -> Surface {
        self.inner().request.surface()
    }

    fn headers(&self) -> &HeaderMap {
        &self.inner().headers
    }

    /// Whether a count of tokens is asked for that the client did not.
    fn asks_usage_of(&self, target: &Target) -> bool {
        target.provider.stream_usage && self.inner().request.may_ask_usage()
    }

    fn render(&self, model: &str, asks_usage: bool) -> Bytes {
        let outbound = self.inner();
        let edits: Vec<(usize, &str)> = outbound.edits.iter().map(|(index, text)| (*index, text.as_str())).collect();
        let instruction = outbound.instruction.as_deref();
        outbound.request.render_with(&Changes { edits: &edits, model: Some(model), asks_usage, instruction })
    }
}

impl Provider {
    /// Resolves the credential and prepares the address.
    ///
    /// # Errors
    /// When the key's reference does not resolve, its value cannot be a header, or its authority cannot be read.
    pub fn new(config: &ProviderConfig, egress: &Arc<Egress>) -> Result<Self, ProviderError> {
        let credential = config.key.as_ref().map(|key| key.resolve()).transpose()?;
        let connect = Duration::from_millis(config.connect_timeout_ms);
        let own = config.ca.as_deref().map(|ca| client(connect, Some(ca), egress));
        let client = own.transpose().map_err(ProviderError::Authority)?;
        let credential = credential.map(|key| credential_header(config.kind, key.expose_secret())).transpose()?;
        Ok(Self {
            name: config.name.clone(),
            kind: config.kind,
            idle_timeout: Duration::from_millis(config.idle_timeout_ms),
            answer_bytes_max: config.answer_bytes_max,
            stream_usage: config.stream_usage,
            base: config.base_url.trim_end_matches('/').to_owned(),
            credential,
            client,
            first_byte_timeout: Duration::from_millis(config.first_byte_timeout_ms),
            retries: config.retries,
        })
    }

    fn request(&self, surface: Surface, headers: &HeaderMap, body: Bytes) -> Result<Request<Full<Bytes>>, http::Error> {
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.uri(surface)?;
        *request.headers_mut() = headers.clone();
        if let Some(credential) = &self.credential {
            let name = match self.kind {
                ProviderKind::Openai => http::header::AUTHORIZATION,
                ProviderKind::Anthropic => http::HeaderName::from_static("x-api-key"),
            };
            request.headers_mut().insert(name, credential.clone());
        }
        if self.kind == ProviderKind::Anthropic {
            let version = http::HeaderName::from_static("anthropic-version");
            request.headers_mut().entry(version).or_insert(HeaderValue::from_static("2023-06-01"));
        }
        Ok(request)
    }

    /// OpenAI's base has `/v1` in it, Anthropic's has not.
    fn uri(&self, surface: Surface) -> Result<Uri, http::Error> {
        let path = match self.kind {
            ProviderKind::Openai => surface.path().trim_start_matches("/v1"),
            ProviderKind::Anthropic => surface.path(),
        };
        format!("{}{path}", self.base).parse().map_err(http::Error::from)
    }
}

fn credential_header(kind: ProviderKind, key: &str) -> Result<HeaderValue, SecretError> {
    let text = match kind {
        ProviderKind::Openai => format!("Bearer {key}"),
        ProviderKind::Anthropic => key.to_owned(),
    };
    let mut value = HeaderValue::from_str(&text).map_err(|_| SecretError::NotAHeader)?;
    value.set_sensitive(true);
    Ok(value)
}

/// Failures that may be gone the next time.
fn passing(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 409 | 429 | 500 | 502 | 503 | 504 | 529)
}

/// Whether a provider says, or shows, that it has too much to do.
fn is_too_much(outcome: &Result<Response<Incoming>, UpstreamError>) -> bool {
    match outcome {
        Ok(response) => matches!(response.status().as_u16(), 429 | 503 | 529),
        Err(error) => matches!(error, UpstreamError::Timeout { .. } | UpstreamError::Unreachable { .. }),
    }
}

/// The pause that the provider asks for.
fn asked_pause(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(ms) = text("retry-after-ms").and_then(|ms| ms.parse().ok()) {
        return Some(Duration::from_millis(ms));
    }
    text("retry-after").and_then(|s| s.parse().ok()).map(Duration::from_secs)
}
