//! The answer to a failure, with what programs look for: where to come back, how to ask, which field it was.

use http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use serde_json::{Value, json};
use wire::{Dialect, ErrorInfo};

use super::{Failure, Part};
use crate::api::limit::LimitError;
use crate::auth::jwt::Rejected;
use crate::auth::login::LoginError;
use crate::auth::mfa::Stale;
use crate::auth::outside::OutsideError;
use crate::http::body::{Body, full};
use crate::http::gate::TurnedAway;
use crate::http::header::{DPOP_NONCE, REQUEST_ID, SHOULD_RETRY, X_REQUEST_ID};
use crate::proxy::upstream::UpstreamError;

/// When to come back while all places to hash are taken.
const BUSY_S: u64 = 2;

/// The machine code of a refusal, as its answer's extension. It does not leave with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code(pub &'static str);

impl Failure {
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

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
