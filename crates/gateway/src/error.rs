//! From causes to answers: one table for status, type, code and public message, in the caller's own protocol.
//!
//! Invariants: a message never holds text of the request, but for names the caller chose (a model, a path in the body);
//! the private cause stays in the log. A policy block is 400, because SDKs neither retry it nor mistake it for a
//! credential problem; what we failed to check is 503 with `x-should-retry: false`.

use http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use serde_json::{Value, json};
use wire::{Dialect, ErrorInfo};

use crate::api::limit::{LimitError, Until};
use crate::auth::jwt::Rejected;
use crate::auth::jwt::refresh::rule::Refusal;
use crate::auth::login::LoginError;
use crate::auth::mfa::{MfaError, Stale};
use crate::auth::outside::{OutsideError, Refused};
use crate::data::access::Denied;
use crate::http::body::{Body, BodyError, full};
use crate::http::gate::TurnedAway;
use crate::http::header::{DPOP_NONCE, REQUEST_ID, SHOULD_RETRY, X_REQUEST_ID};
use crate::http::shield::Shielded;
use crate::input::csrf::Forged;
use crate::proxy::upstream::UpstreamError;

/// When to come back while all places to hash are taken.
const BUSY_S: u64 = 2;

/// Why a request was not served.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// No key, or none that is valid.
    #[error(
        "no valid API key: send `Authorization: Bearer pc-…` (or `x-api-key`) with a key made by `portcullis key create`"
    )]
    Unauthenticated,
    /// An access token that is not valid, or not proved to be the bearer's.
    #[error("the access token is not valid: {rejected}")]
    Token {
        /// Why.
        rejected: Rejected,
        /// The nonce for the next proof.
        nonce: Option<String>,
    },
    /// A refresh token that is not taken.
    #[error("the refresh token is not valid: {0}")]
    Grant(Refusal),
    /// Something that only a person has.
    #[error("this route is for people: send an access token, not an API key")]
    NotAPerson,
    /// Somebody has to show again who they are.
    #[error(transparent)]
    Stale(#[from] Stale),
    /// There is no such session of this person.
    #[error("there is no such session; `GET /auth/v1/sessions` lists yours")]
    NoSession,
    /// Another site may have sent this.
    #[error("{0}, so it was not done")]
    Forged(#[from] Forged),
    /// Tokens and sessions cannot be read or written.
    #[error("tokens and sessions are not available")]
    TokensUnavailable,
    /// The key may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The body is too large, too slow or broken.
    #[error(transparent)]
    Body(#[from] BodyError),
    /// The gate did not let it in.
    #[error(transparent)]
    TurnedAway(TurnedAway),
    /// The web application firewall refuses it.
    #[error(transparent)]
    Shielded(#[from] Shielded),
    /// The body is not what the surface takes.
    #[error(transparent)]
    Parse(#[from] wire::ParseError),
    /// A header is missing or wrong.
    #[error("{0}")]
    Request(&'static str),
    /// The body is not declared as JSON.
    #[error("the body must be JSON, with `Content-Type: application/json`")]
    NotJson,
    /// The body is not the form that the route takes.
    #[error("the body must be {0}, and nothing else")]
    Form(&'static str),
    /// Another site's page sent it.
    #[error("this request comes from a page of another site")]
    CrossSite,
    /// Somebody was not let in, or a password not taken.
    #[error(transparent)]
    Login(#[from] LoginError),
    /// Something with an outside provider was not done.
    #[error(transparent)]
    Outside(#[from] OutsideError),
    /// No such route.
    #[error("there is no {method} {path} here; `portcullis coverage` lists the routes that are inspected")]
    NoRoute {
        /// As asked.
        method: String,
        /// As asked.
        path: String,
    },
    /// No such model.
    #[error("the model `{0}` does not exist here; `GET /v1/models` lists those that do")]
    NoModel(String),
    /// The model's provider does not speak this protocol.
    #[error("the model `{model}` is served by a provider that does not speak {path}")]
    WrongSurface {
        /// As asked.
        model: String,
        /// As asked.
        path: &'static str,
    },
    /// Content that cannot be inspected while a policy is on.
    #[error(
        "`{path}` ({kind}) cannot be inspected, and the policy `{policy}` does not let it pass uninspected \
         (`allow_uninspected`)"
    )]
    Uninspectable {
        /// Where in the body.
        path: String,
        /// What kind.
        kind: &'static str,
        /// Whose rule.
        policy: String,
    },
    /// The policy says no.
    #[error("the {part} was blocked by policy `{policy}` ({category}, rule {rule})")]
    Blocked {
        /// What was blocked.
        part: Part,
        /// Whose rule.
        policy: String,
        /// The rule's id.
        rule: &'static str,
        /// Its category.
        category: &'static str,
    },
    /// The policy wants a person to decide.
    #[error("the request is held for review by policy `{policy}` ({category}, rule {rule})")]
    Held {
        /// Whose rule.
        policy: String,
        /// The rule's id.
        rule: &'static str,
        /// Its category.
        category: &'static str,
    },
    /// A limit says no, or cannot be asked.
    #[error(transparent)]
    Limited(#[from] LimitError),
    /// A check that has to run could not.
    #[error("the request could not be checked, so it was not sent")]
    Unchecked,
    /// No provider answered.
    #[error(transparent)]
    Upstream(#[from] UpstreamError),
    /// The provider refused our credential.
    #[error("the provider `{0}` refused the gateway's credential; its operator has to look at it")]
    UpstreamCredential(String),
    /// The provider's answer broke off, was too large or not what its protocol says.
    #[error("the provider's answer could not be used: {0}")]
    BadAnswer(&'static str),
    /// The record of the exchange could not be written.
    #[error("the request could not be recorded, so it was not served")]
    Unrecorded,
}

/// The part of an exchange that a policy blocked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// What the client asked.
    Request,
    /// What the provider answered.
    Answer,
}

impl std::fmt::Display for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Request => "request",
            Self::Answer => "answer",
        })
    }
}

/// The machine code of a refusal, as its answer's extension. It does not leave with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code(pub &'static str);

/// What a failure looks like from outside.
struct Face {
    status: StatusCode,
    kind: &'static str,
    code: &'static str,
    retry: Option<bool>,
}

impl Failure {
    fn face(&self, dialect: Dialect) -> Face {
        let face = |status, kind, code, retry| Face { status, kind, code, retry };
        let invalid = "invalid_request_error";
        let server = match dialect {
            Dialect::OpenAi => "server_error",
            Dialect::Anthropic => "api_error",
        };
        match self {
            Self::Unauthenticated => {
                let kind = if dialect == Dialect::Anthropic { "authentication_error" } else { invalid };
                face(StatusCode::UNAUTHORIZED, kind, "invalid_api_key", None)
            }
            Self::Token { .. } => {
                let kind = if dialect == Dialect::Anthropic { "authentication_error" } else { invalid };
                face(StatusCode::UNAUTHORIZED, kind, "invalid_token", None)
            }
            Self::Grant(_) => face(StatusCode::BAD_REQUEST, invalid, "invalid_grant", None),
            Self::NotAPerson => face(StatusCode::FORBIDDEN, "permission_error", "permission_denied", None),
            Self::Stale(_) => {
                face(StatusCode::UNAUTHORIZED, "authentication_error", "insufficient_user_authentication", None)
            }
            Self::NoSession => face(StatusCode::NOT_FOUND, not_found(dialect), "session_not_found", None),
            Self::Forged(_) => face(StatusCode::FORBIDDEN, "permission_error", "cross_site", None),
            Self::Denied(_) => face(StatusCode::FORBIDDEN, "permission_error", "permission_denied", None),
            Self::Shielded(refused) | Self::Body(BodyError::Shielded(refused)) => shielded_face(*refused, dialect),
            Self::Body(BodyError::TooLarge(_)) => {
                let kind = if dialect == Dialect::Anthropic { "request_too_large" } else { invalid };
                face(StatusCode::PAYLOAD_TOO_LARGE, kind, "request_too_large", None)
            }
            Self::TurnedAway(turned) => turned_face(*turned, server),
            Self::Body(BodyError::Encoded) => {
                face(StatusCode::UNSUPPORTED_MEDIA_TYPE, invalid, "unsupported_content_encoding", Some(false))
            }
            Self::Body(BodyError::Slow(_) | BodyError::Trickling) => {
                face(StatusCode::REQUEST_TIMEOUT, invalid, "request_timeout", Some(false))
            }
            Self::Body(BodyError::Broken) | Self::Request(_) => {
                face(StatusCode::BAD_REQUEST, invalid, "invalid_request", None)
            }
            Self::Parse(_) => face(StatusCode::BAD_REQUEST, invalid, "invalid_body", None),
            Self::NotJson => face(StatusCode::UNSUPPORTED_MEDIA_TYPE, invalid, "unsupported_media_type", None),
            Self::Form(_) => face(StatusCode::BAD_REQUEST, invalid, "invalid_body", None),
            Self::CrossSite => face(StatusCode::FORBIDDEN, "permission_error", "cross_site", None),
            Self::Login(error) => login_face(error, server),
            Self::Outside(error) => outside_face(error, server),
            Self::NoRoute { .. } => face(StatusCode::NOT_FOUND, not_found(dialect), "unknown_url", None),
            Self::NoModel(_) => face(StatusCode::NOT_FOUND, not_found(dialect), "model_not_found", None),
            Self::WrongSurface { .. } => face(StatusCode::BAD_REQUEST, invalid, "surface_not_supported", None),
            Self::Uninspectable { .. } => face(StatusCode::BAD_REQUEST, invalid, "content_not_inspectable", None),
            Self::Blocked { .. } => face(StatusCode::BAD_REQUEST, invalid, "content_filter", None),
            Self::Held { .. } => face(StatusCode::BAD_REQUEST, invalid, "held_for_review", None),
            Self::Limited(error) => limit_face(error, server),
            Self::Unchecked | Self::Unrecorded | Self::TokensUnavailable => {
                face(StatusCode::SERVICE_UNAVAILABLE, server, "gateway_unavailable", Some(false))
            }
            Self::Upstream(UpstreamError::Timeout { .. }) => {
                face(StatusCode::GATEWAY_TIMEOUT, server, "upstream_timeout", Some(false))
            }
            Self::Upstream(UpstreamError::Overloaded { .. }) => {
                face(StatusCode::SERVICE_UNAVAILABLE, server, "provider_overloaded", Some(true))
            }
            Self::Upstream(UpstreamError::Closed { .. }) => {
                face(StatusCode::BAD_GATEWAY, server, "upstream_not_allowed", Some(false))
            }
            Self::Upstream(_) => face(StatusCode::BAD_GATEWAY, server, "upstream_unreachable", None),
            Self::UpstreamCredential(_) => face(StatusCode::BAD_GATEWAY, server, "upstream_credential", Some(false)),
            Self::BadAnswer(_) => face(StatusCode::BAD_GATEWAY, server, "upstream_answer", Some(false)),
        }
    }

    /// The machine code in the answer.
    pub fn code(&self) -> &'static str {
        self.face(Dialect::OpenAi).code
    }

    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        self.face(Dialect::OpenAi).status
    }

    /// The answer in the caller's protocol.
    pub fn answer(&self, dialect: Dialect, request_id: &str) -> Response<Body> {
        let face = self.face(dialect);
        let message = format!("{self} (request id {request_id})");
        let message = capitalised(&message);
        let info = ErrorInfo {
            status: face.status.as_u16(),
            kind: face.kind,
            code: Some(face.code),
            param: self.param(),
            message: &message,
            request_id,
            details: self.details(),
        };
        let mut response = Response::new(full(wire::error_body(dialect, &info)));
        *response.status_mut() = face.status;
        response.extensions_mut().insert(Code(face.code));
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(retry) = face.retry {
            headers.insert(SHOULD_RETRY, HeaderValue::from_static(if retry { "true" } else { "false" }));
        }
        if let Some(seconds) = self.retry_after_s() {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Self::Token { rejected, nonce } = self {
            challenge(headers, *rejected, nonce.as_deref());
        }
        if let Self::Stale(stale) | Self::Login(LoginError::Stale(stale)) = self {
            step_up(headers, *stale);
        }
        stamp(&mut response, request_id);
        response
    }

    fn param(&self) -> Option<&str> {
        match self {
            Self::Blocked { part: Part::Request, .. } | Self::Held { .. } => Some("messages"),
            Self::Uninspectable { path, .. } => Some(path),
            Self::NoModel(_) | Self::WrongSurface { .. } => Some("model"),
            Self::Login(LoginError::Weak(_)) => Some("password"),
            Self::Login(LoginError::Link) => Some("token"),
            Self::Parse(error) => Some(error.path.as_str()).filter(|path| !path.is_empty()),
            _ => None,
        }
    }

    fn retry_after_s(&self) -> Option<u64> {
        match self {
            Self::Upstream(UpstreamError::Unreachable { .. } | UpstreamError::Overloaded { .. })
            | Self::TurnedAway(TurnedAway::Full) => Some(1),
            Self::TurnedAway(TurnedAway::Banned { retry_after_s }) => Some(*retry_after_s),
            Self::Login(LoginError::Wait { retry_after_s, .. }) => Some(*retry_after_s),
            Self::Login(LoginError::Busy(_)) => Some(BUSY_S),
            Self::Limited(LimitError::Refused(refused)) => refused.retry_after_s(),
            Self::Outside(OutsideError::Wait(seconds)) => Some(*seconds),
            _ => None,
        }
    }

    /// What a program can do about it.
    fn details(&self) -> Option<Value> {
        match self {
            Self::Login(LoginError::Wait { challenge: Some(challenge), .. } | LoginError::Work { challenge }) => {
                Some(json!({ "challenge": challenge }))
            }
            Self::Login(LoginError::Weak(weak)) => Some(json!(weak)),
            _ => self.filtered().map(content_filter_result),
        }
    }

    /// The category that Azure-compatible handlers look for.
    fn filtered(&self) -> Option<&'static str> {
        match self {
            Self::Blocked { category, .. } | Self::Held { category, .. } => Some(category),
            _ => None,
        }
    }
}

impl From<MfaError> for Failure {
    fn from(error: MfaError) -> Self {
        Self::Login(error.into())
    }
}

/// A limit that will let pass again is worth another try, a budget that is used up and a request that never fits are not.
fn limit_face(error: &LimitError, server: &'static str) -> Face {
    let face = |status, kind, code, retry| Face { status, kind, code, retry };
    match error {
        LimitError::Refused(refused) if refused.is_passing() => {
            face(StatusCode::TOO_MANY_REQUESTS, "rate_limit_error", "rate_limit_exceeded", None)
        }
        LimitError::Refused(refused) => {
            let code = if refused.until == Until::Never { "rate_limit_exceeded" } else { "insufficient_quota" };
            face(StatusCode::TOO_MANY_REQUESTS, "rate_limit_error", code, Some(false))
        }
        LimitError::Unavailable => face(StatusCode::SERVICE_UNAVAILABLE, server, "gateway_unavailable", Some(true)),
    }
}

/// The faces of what was turned away at the gate.
fn turned_face(turned: TurnedAway, server: &'static str) -> Face {
    let face = |status, kind, code, retry| Face { status, kind, code, retry: Some(retry) };
    let invalid = "invalid_request_error";
    match turned {
        TurnedAway::Banned { .. } => face(StatusCode::FORBIDDEN, "permission_error", "address_banned", false),
        TurnedAway::Full => face(StatusCode::SERVICE_UNAVAILABLE, server, "gateway_overloaded", true),
        TurnedAway::Uri(_) => face(StatusCode::URI_TOO_LONG, invalid, "uri_too_long", false),
        TurnedAway::Headers { .. } => {
            face(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, invalid, "headers_too_large", false)
        }
    }
}

/// The face of a refusal by rules: what could not be read is the body's fault, all else is forbidden.
fn shielded_face(refused: Shielded, dialect: Dialect) -> Face {
    if refused.status == 400 {
        return Face {
            status: StatusCode::BAD_REQUEST,
            kind: "invalid_request_error",
            code: "invalid_body",
            retry: None,
        };
    }
    let kind = if dialect == Dialect::Anthropic { "permission_error" } else { "invalid_request_error" };
    Face { status: StatusCode::FORBIDDEN, kind, code: "request_refused", retry: Some(false) }
}

/// The faces of the door for passwords.
fn login_face(error: &LoginError, server: &'static str) -> Face {
    let face = |status, kind, code| Face { status, kind, code, retry: None };
    match error {
        LoginError::Refused => face(StatusCode::UNAUTHORIZED, "authentication_error", "invalid_credentials"),
        LoginError::Wait { .. } => face(StatusCode::TOO_MANY_REQUESTS, "rate_limit_error", "too_many_attempts"),
        LoginError::Work { .. } => face(StatusCode::TOO_MANY_REQUESTS, "rate_limit_error", "proof_of_work_required"),
        LoginError::Busy(_) => face(StatusCode::TOO_MANY_REQUESTS, "rate_limit_error", "busy"),
        LoginError::Weak(_) => face(StatusCode::BAD_REQUEST, "invalid_request_error", "password_refused"),
        LoginError::Stale(_) => {
            face(StatusCode::UNAUTHORIZED, "authentication_error", "insufficient_user_authentication")
        }
        LoginError::Factor(error) => factor_face(error, server),
        LoginError::Link => face(StatusCode::BAD_REQUEST, "invalid_request_error", "invalid_link"),
        LoginError::Store(_) | LoginError::Journal(_) | LoginError::Password(_) | LoginError::User(_) => {
            face(StatusCode::SERVICE_UNAVAILABLE, server, "gateway_unavailable")
        }
    }
}

/// The faces of outside providers.
fn outside_face(error: &OutsideError, server: &'static str) -> Face {
    let face = |status, kind, code| Face { status, kind, code, retry: None };
    let invalid = "invalid_request_error";
    match error {
        OutsideError::NoProvider => face(StatusCode::NOT_FOUND, invalid, "provider_not_found"),
        OutsideError::Missing => face(StatusCode::NOT_FOUND, invalid, "identity_not_found"),
        OutsideError::LastWay => face(StatusCode::CONFLICT, invalid, "last_way_in"),
        OutsideError::Refused(Refused::State | Refused::Browser | Refused::Provider | Refused::Denied(_)) => {
            face(StatusCode::BAD_REQUEST, invalid, "outside_login_over")
        }
        OutsideError::Refused(Refused::Unavailable(..) | Refused::Metadata(_)) => {
            face(StatusCode::BAD_GATEWAY, server, "outside_provider_unavailable")
        }
        OutsideError::Refused(_) => face(StatusCode::FORBIDDEN, "permission_error", "outside_login_refused"),
        OutsideError::Wait(_) => face(StatusCode::TOO_MANY_REQUESTS, "rate_limit_error", "too_many_attempts"),
        _ => face(StatusCode::SERVICE_UNAVAILABLE, server, "gateway_unavailable"),
    }
}

/// The faces of second factors.
fn factor_face(error: &MfaError, server: &'static str) -> Face {
    let face = |status, kind, code| Face { status, kind, code, retry: None };
    let refused = |code| face(StatusCode::UNAUTHORIZED, "authentication_error", code);
    let invalid = "invalid_request_error";
    match error {
        MfaError::Wrong => refused("invalid_code"),
        MfaError::Challenge => refused("invalid_challenge"),
        MfaError::Closed => face(StatusCode::FORBIDDEN, "permission_error", "enrolment_closed"),
        MfaError::Missing => face(StatusCode::NOT_FOUND, invalid, "factor_not_found"),
        MfaError::Last => face(StatusCode::CONFLICT, invalid, "factor_required"),
        MfaError::Passkey(_) => refused("invalid_passkey"),
        MfaError::Registration(_) => face(StatusCode::BAD_REQUEST, invalid, "passkey_refused"),
        MfaError::NoPasskeys => face(StatusCode::NOT_FOUND, invalid, "passkeys_off"),
        MfaError::Invalid(_) => face(StatusCode::BAD_REQUEST, invalid, "invalid_request"),
        MfaError::Throttle(_) => face(StatusCode::TOO_MANY_REQUESTS, "rate_limit_error", "too_many_attempts"),
        MfaError::Store(_) | MfaError::Seal(_) | MfaError::Journal(_) | MfaError::User(_) | MfaError::Random => {
            face(StatusCode::SERVICE_UNAVAILABLE, server, "gateway_unavailable")
        }
    }
}

/// Says how to show again who one is (RFC 9470, 3).
fn step_up(headers: &mut HeaderMap, stale: Stale) {
    let (acr, age) = (stale.level.acr(), stale.max_age_s);
    let text = format!("Bearer error=\"insufficient_user_authentication\", acr_values=\"{acr}\", max_age=\"{age}\"");
    if let Ok(value) = HeaderValue::from_str(&text) {
        headers.insert(WWW_AUTHENTICATE, value);
    }
}

/// What Azure-compatible handlers look for: which of its categories was filtered.
fn content_filter_result(category: &str) -> Value {
    let is = |name: &str| category.split('.').any(|part| part == name);
    let jailbreak = category.starts_with("injection") || category.starts_with("jailbreak");
    let severity = |filtered: bool| json!({ "filtered": filtered, "severity": if filtered { "high" } else { "safe" } });
    json!({
        "code": "ResponsibleAIPolicyViolation",
        "content_filter_result": {
            "jailbreak": { "filtered": jailbreak, "detected": jailbreak },
            "hate": severity(is("hate") || is("harassment")),
            "self_harm": severity(category.contains("self-harm")),
            "sexual": severity(category.contains("sexual")),
            "violence": severity(category.contains("violence")),
            "custom_blocklists": { "filtered": !jailbreak, "details": [{ "filtered": !jailbreak, "id": category }] },
        },
    })
}

/// Says how to ask (RFC 6750, 3; RFC 9449, 7.1 and 9).
fn challenge(headers: &mut HeaderMap, rejected: Rejected, nonce: Option<&str>) {
    let scheme = if matches!(rejected, Rejected::Proof(_) | Rejected::Binding) { "DPoP" } else { "Bearer" };
    let error = match rejected {
        _ if nonce.is_some() => "use_dpop_nonce",
        Rejected::Proof(_) => "invalid_dpop_proof",
        _ => "invalid_token",
    };
    if let Ok(value) = HeaderValue::from_str(&format!("{scheme} error=\"{error}\"")) {
        headers.insert(WWW_AUTHENTICATE, value);
    }
    if let Some(Ok(value)) = nonce.map(HeaderValue::from_str) {
        headers.insert(DPOP_NONCE, value);
    }
}

/// Puts the request id where each SDK looks for it.
pub fn stamp<B>(response: &mut Response<B>, request_id: &str) {
    if let Ok(value) = HeaderValue::from_str(request_id) {
        response.headers_mut().insert(X_REQUEST_ID, value.clone());
        response.headers_mut().insert(REQUEST_ID, value);
    }
}

fn not_found(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::OpenAi => "invalid_request_error",
        Dialect::Anthropic => "not_found_error",
    }
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
