//! Errors of the provider, each in the envelope of its dialect.
//!
//! Invariant: the status, the type and the shape are those the official SDKs turn into their exceptions.

use axum::response::{IntoResponse as _, Response};
use http::{HeaderValue, StatusCode};
use serde_json::json;

use super::reply::Dialect;

/// Why a request gets no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    /// No key, or one that begins with `bad`.
    Key,
    /// Not JSON, or no answer possible for the reason given.
    Request(String),
    /// A model whose name begins with `unknown`.
    Model,
    /// A fault: too many requests.
    RateLimit,
    /// A fault: something broke.
    Broken,
    /// A fault: come back later.
    Overloaded,
}

impl Refusal {
    /// The response in the dialect of the surface.
    pub(super) fn respond(&self, dialect: Dialect) -> Response {
        let (status, openai_type, anthropic_type, code, message) = self.parts();
        let body = match dialect {
            Dialect::OpenAi => json!({"error": {"message": message, "type": openai_type, "param": null, "code": code}}),
            Dialect::Anthropic => {
                json!({"type": "error", "error": {"type": anthropic_type, "message": message}, "request_id": "req_demo"})
            }
        };
        let mut response = (status, axum::Json(body)).into_response();
        if *self == Self::RateLimit {
            response.headers_mut().insert("retry-after", HeaderValue::from_static("1"));
        }
        response
    }

    fn parts(&self) -> (StatusCode, &'static str, &'static str, Option<&'static str>, &str) {
        const INVALID: &str = "invalid_request_error";
        match self {
            Self::Key => {
                let message = "Incorrect API key provided.";
                (StatusCode::UNAUTHORIZED, INVALID, "authentication_error", Some("invalid_api_key"), message)
            }
            Self::Request(message) => (StatusCode::BAD_REQUEST, INVALID, INVALID, None, message),
            Self::Model => {
                let message = "The model does not exist or you do not have access to it.";
                (StatusCode::NOT_FOUND, INVALID, "not_found_error", Some("model_not_found"), message)
            }
            Self::RateLimit => {
                let code = Some("rate_limit_exceeded");
                (StatusCode::TOO_MANY_REQUESTS, "requests", "rate_limit_error", code, "Rate limit reached.")
            }
            Self::Broken => {
                (StatusCode::INTERNAL_SERVER_ERROR, "server_error", "api_error", None, "The server had an error.")
            }
            Self::Overloaded => {
                (StatusCode::SERVICE_UNAVAILABLE, "server_error", "overloaded_error", None, "The server is overloaded.")
            }
        }
    }
}
