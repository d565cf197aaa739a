//! What goes out: JSON, redirects, pages, and errors as each kind of reader expects them.

use http::header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION, PRAGMA, REFERRER_POLICY, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, Response, StatusCode};
use serde_json::{Value, json};

use super::Asked;
use crate::auth::jwt::{Rejected, TokenError};
use crate::auth::oauth2::OAuthError;
use crate::auth::user::UserError;
use crate::error::Failure;
use crate::http::body::{Body, full};
use crate::http::header::DPOP_NONCE;
use crate::http::page::{Page, Texts, message};

/// Why a request was not served.
#[derive(Debug)]
pub(in crate::http) enum Wrong {
    /// Said in the words of the RFCs.
    OAuth(OAuthError),
    /// Said as elsewhere.
    Failure(Failure),
}

impl From<OAuthError> for Wrong {
    fn from(error: OAuthError) -> Self {
        Self::OAuth(error)
    }
}

impl From<Failure> for Wrong {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl From<TokenError> for Wrong {
    fn from(error: TokenError) -> Self {
        Self::Failure(crate::http::account::unavailable(error))
    }
}

impl From<UserError> for Wrong {
    fn from(error: UserError) -> Self {
        tracing::error!(error = &error as &dyn std::error::Error, "a user could not be read");
        Self::Failure(Failure::TokensUnavailable)
    }
}

pub(in crate::http) type Answer = Result<Response<Body>, Wrong>;

/// JSON that nobody keeps.
pub(super) fn json_answer(status: StatusCode, body: &Value) -> Response<Body> {
    let mut response = Response::new(full(body.to_string()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
    response
}

/// Leads on with GET, whatever the method was (RFC 9700, 4.12), and without saying from where.
pub(in crate::http) fn redirect(to: &str) -> Answer {
    let location = HeaderValue::from_str(to).map_err(|_| OAuthError::request("the address cannot be used"))?;
    let mut response = Response::new(full(""));
    *response.status_mut() = StatusCode::SEE_OTHER;
    response.headers_mut().insert(LOCATION, location);
    response.headers_mut().insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    Ok(response)
}

/// Sends an answer to a client, with the issuer in it (RFC 9207).
pub(super) fn back(uri: &str, issuer: &str, state: Option<&str>, answer: &[(&str, &str)]) -> Answer {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(answer);
    if let Some(state) = state {
        query.append_pair("state", state);
    }
    query.append_pair("iss", issuer);
    let mark = if uri.contains('?') { '&' } else { '?' };
    redirect(&format!("{uri}{mark}{}", query.finish()))
}

/// The code of an error in an answer to a client.
pub(super) fn code(error: &OAuthError) -> &'static str {
    match error {
        OAuthError::Refused { code, .. } => code,
        OAuthError::Wait(_) => "temporarily_unavailable",
        _ => "server_error",
    }
}

/// An error for a program (RFC 6749, 5.2).
pub(super) fn json_error(wrong: &Wrong, asked_by_header: bool) -> Response<Body> {
    let (status, code, why) = match wrong {
        Wrong::OAuth(OAuthError::Refused { code: "invalid_client", why }) => {
            (StatusCode::UNAUTHORIZED, "invalid_client", (*why).to_owned())
        }
        Wrong::OAuth(OAuthError::Refused { code, why }) => (StatusCode::BAD_REQUEST, *code, (*why).to_owned()),
        Wrong::OAuth(error @ OAuthError::Wait(_)) => {
            (StatusCode::TOO_MANY_REQUESTS, "temporarily_unavailable", error.to_string())
        }
        Wrong::OAuth(error @ OAuthError::Off) => (StatusCode::NOT_FOUND, "invalid_request", error.to_string()),
        Wrong::OAuth(error) => {
            tracing::error!(error = error as &dyn std::error::Error, "the OAuth provider failed");
            (StatusCode::SERVICE_UNAVAILABLE, "server_error", "the provider is not available".to_owned())
        }
        Wrong::Failure(failure @ Failure::Token { nonce, rejected: Rejected::Proof(_) | Rejected::Binding }) => {
            let code = if nonce.is_some() { "use_dpop_nonce" } else { "invalid_dpop_proof" };
            (StatusCode::BAD_REQUEST, code, failure.to_string())
        }
        Wrong::Failure(failure) if failure.status().is_server_error() => {
            (failure.status(), "server_error", failure.to_string())
        }
        Wrong::Failure(failure) => (failure.status(), "invalid_request", failure.to_string()),
    };
    let mut response = json_answer(status, &json!({ "error": code, "error_description": why }));
    let headers = response.headers_mut();
    if code == "invalid_client" && asked_by_header {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"portcullis\""));
    }
    if let Wrong::OAuth(OAuthError::Wait(seconds)) = wrong {
        headers.insert(RETRY_AFTER, HeaderValue::from(*seconds));
    }
    if let Wrong::Failure(Failure::Token { nonce: Some(nonce), .. }) = wrong
        && let Ok(nonce) = HeaderValue::from_str(nonce)
    {
        headers.insert(DPOP_NONCE, nonce);
    }
    response
}

/// An error for a person.
pub(in crate::http) fn page_error(wrong: &Wrong, asked: &Asked) -> Response<Body> {
    let texts = Texts::of(asked.head.headers());
    let (status, text) = match wrong {
        Wrong::OAuth(OAuthError::Wait(_)) => (StatusCode::TOO_MANY_REQUESTS, texts.wait),
        Wrong::OAuth(OAuthError::Off) => (StatusCode::NOT_FOUND, texts.wrong_says),
        Wrong::OAuth(OAuthError::Refused { .. } | OAuthError::Missing(_)) => {
            (StatusCode::BAD_REQUEST, texts.wrong_says)
        }
        Wrong::OAuth(error) => {
            tracing::error!(error = error as &dyn std::error::Error, "the OAuth provider failed");
            (StatusCode::SERVICE_UNAVAILABLE, texts.unavailable)
        }
        Wrong::Failure(failure @ Failure::CrossSite) => (failure.status(), texts.old_page),
        Wrong::Failure(failure) if failure.status().is_server_error() => (failure.status(), texts.unavailable),
        Wrong::Failure(failure) if failure.status() == StatusCode::TOO_MANY_REQUESTS => (failure.status(), texts.wait),
        Wrong::Failure(failure) => (failure.status(), texts.wrong_says),
    };
    let detail = match wrong {
        Wrong::OAuth(error @ (OAuthError::Refused { .. } | OAuthError::Off)) => Some(error.to_string()),
        Wrong::Failure(failure) => Some(failure.to_string()),
        Wrong::OAuth(_) => None,
    };
    page(texts, status, texts.wrong, message(text, detail.as_deref()))
}

/// A page whose forms stay here.
pub(in crate::http) fn page(
    texts: &'static Texts,
    status: StatusCode,
    title: &str,
    body: maud::Markup,
) -> Response<Body> {
    Page { status, ..Page::new(texts, title, body) }.answer()
}
