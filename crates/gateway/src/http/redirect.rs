//! The plain listener beside HTTPS: it sends browsers there, shows ACME challenges, and does nothing else.
//!
//! A request with a credential is not redirected: a client that sends its key in plain text, and works, is never put right,
//! and the key is known on the way. It is refused, and its sender told.
//!
//! Invariants: where a request is sent comes from the configuration, never from the request; nothing of its body is read.

use http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, LOCATION};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};

use super::body::{Body, full};
use crate::app::App;

/// Longer targets are not sent anywhere.
const TARGET_BYTES_MAX: usize = 8 * 1024;
const CHALLENGE: &str = "/.well-known/acme-challenge/";

/// Answers a plain request.
pub(super) fn answer<B>(app: &App, request: &Request<B>) -> Response<Body> {
    let path = request.uri().path();
    if let Some(token) = path.strip_prefix(CHALLENGE) {
        let answer =
            Some(token).filter(|_| request.method() == Method::GET).and_then(|token| app.challenges().answer(token));
        return match answer {
            Some(answer) => plain(StatusCode::OK, answer),
            None => plain(StatusCode::NOT_FOUND, "no such challenge\n".to_owned()),
        };
    }
    if has_credential(request.headers()) {
        let said = "this key or cookie came in plain text: use https, and replace it\n";
        return plain(StatusCode::FORBIDDEN, said.to_owned());
    }
    let live = app.live();
    let public = live.config.auth.public_url.as_deref();
    let origin = live.config.server.tls.as_ref().and_then(|tls| tls.redirect_origin(public));
    let target = request.uri().path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    let location = origin.filter(|_| target.starts_with('/') && target.len() <= TARGET_BYTES_MAX);
    match location.and_then(|origin| HeaderValue::try_from(format!("{origin}{target}")).ok()) {
        Some(location) => {
            let mut response = plain(StatusCode::PERMANENT_REDIRECT, String::new());
            response.headers_mut().insert(LOCATION, location);
            response
        }
        None => plain(StatusCode::NOT_FOUND, "https only\n".to_owned()),
    }
}

fn has_credential(headers: &HeaderMap) -> bool {
    headers.contains_key(AUTHORIZATION) || headers.contains_key(COOKIE) || headers.contains_key("x-api-key")
}

fn plain(status: StatusCode, text: String) -> Response<Body> {
    let mut response = Response::new(full(text));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}
