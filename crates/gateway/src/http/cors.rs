//! The layer of sharing with pages of other origins (`api::cors`).
//!
//! A preflight is answered before anybody is asked who they are: browsers send it without credentials. Everything else goes
//! its way, and what leaves gets the headers, refusals and streams too, or a page would see a network error in place of a
//! 429. Pages for people, provisioning and the admin plane are not shared.

use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode};

use super::body::{Body, full};
use super::oauth2;
use super::router::{self, Plane, Target};
use crate::api::cors::{Cors, Shared};

const REQUEST_PRIVATE_NETWORK: HeaderName = HeaderName::from_static("access-control-request-private-network");
const ALLOW_PRIVATE_NETWORK: HeaderName = HeaderName::from_static("access-control-allow-private-network");
const PREFLIGHT_VARY: &str =
    "origin, access-control-request-method, access-control-request-headers, access-control-request-private-network";

/// Headers of answers that pages may read.
const EXPOSED: &[&str] = &[
    "dpop-nonce",
    "openai-organization",
    "openai-processing-ms",
    "openai-version",
    "ratelimit",
    "ratelimit-policy",
    "request-id",
    "retry-after",
    "retry-after-ms",
    "www-authenticate",
    "x-request-id",
    "x-should-retry",
    "x-upstream-request-id",
];
/// Beginnings of such names.
const EXPOSED_PREFIXES: &[&str] = &["anthropic-ratelimit-", "x-portcullis-", "x-ratelimit-"];

/// What was decided about a request, for its answer.
#[derive(Debug)]
pub(super) enum Sharing {
    /// Nothing is said.
    Silent,
    /// The answer would have been another for another origin.
    Varies,
    /// The page may read the answer.
    With(Shared, Varying),
}

/// Whether the answer differs by origin.
pub(super) type Varying = bool;

/// Decides about a request.
pub(super) fn decide<B>(cors: &Cors, request: &Request<B>) -> Sharing {
    if !cors.is_on() || !is_shared(request.uri().path()) {
        return Sharing::Silent;
    }
    let varies = !cors.is_same_for_all();
    match request.headers().get(ORIGIN).and_then(|origin| cors.share(origin)) {
        Some(shared) => Sharing::With(shared, varies),
        None if varies => Sharing::Varies,
        None => Sharing::Silent,
    }
}

/// Answers a preflight; `None` when the request is none.
pub(super) fn preflight<B>(cors: &Cors, sharing: &Sharing, request: &Request<B>) -> Option<Response<Body>> {
    let headers = request.headers();
    let asks = request.method() == Method::OPTIONS && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    if !asks || matches!(sharing, Sharing::Silent) || !headers.contains_key(ORIGIN) {
        return None;
    }
    let mut response = Response::new(full(""));
    response.headers_mut().insert(VARY, HeaderValue::from_static(PREFLIGHT_VARY));
    let Sharing::With(shared, _) = sharing else {
        *response.status_mut() = StatusCode::FORBIDDEN;
        return Some(response);
    };
    *response.status_mut() = StatusCode::NO_CONTENT;
    let asked = headers.get(ACCESS_CONTROL_REQUEST_HEADERS).and_then(|asked| asked.to_str().ok()).unwrap_or_default();
    let answer = response.headers_mut();
    insert(answer, ACCESS_CONTROL_ALLOW_METHODS, &methods(request.uri().path()));
    insert(answer, ACCESS_CONTROL_ALLOW_HEADERS, &cors.headers(asked));
    answer.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from(cors.max_age_s()));
    if cors.private_network() && headers.contains_key(REQUEST_PRIVATE_NETWORK) {
        answer.insert(ALLOW_PRIVATE_NETWORK, HeaderValue::from_static("true"));
    }
    allow(answer, shared);
    Some(response)
}

/// Puts on an answer what was decided.
pub(super) fn share(sharing: &Sharing, headers: &mut HeaderMap) {
    match sharing {
        Sharing::Silent => {}
        Sharing::Varies => drop(headers.append(VARY, HeaderValue::from_static("origin"))),
        Sharing::With(shared, varies) => {
            if *varies {
                headers.append(VARY, HeaderValue::from_static("origin"));
            }
            allow(headers, shared);
            let exposed: Vec<&str> = headers.keys().map(HeaderName::as_str).filter(|name| is_exposed(name)).collect();
            let exposed = exposed.join(", ");
            if !exposed.is_empty() {
                insert(headers, ACCESS_CONTROL_EXPOSE_HEADERS, &exposed);
            }
        }
    }
}

fn allow(headers: &mut HeaderMap, shared: &Shared) {
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, shared.origin.clone());
    if shared.credentials {
        headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    }
}

fn is_exposed(name: &str) -> bool {
    EXPOSED.contains(&name) || EXPOSED_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// The routes of a path, with all methods.
fn routes(path: &str) -> impl Iterator<Item = &'static router::Route> + use<'_> {
    [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE]
        .into_iter()
        .filter_map(move |method| router::find(Plane::Data, &method, path).map(|(route, _)| route))
}

/// Whether pages of other origins have any business at a path. Where there is no route, they see the refusal.
fn is_shared(path: &str) -> bool {
    let mut found = routes(path).peekable();
    if found.peek().is_none() {
        return path.starts_with("/v1/") || path.starts_with("/auth/v1/");
    }
    found.any(|route| match route.target {
        Target::Prompt(_) | Target::Models | Target::Model => true,
        Target::Account(_) | Target::Factor(_) | Target::Login(_) => true,
        Target::OAuth(handler) => oauth2::is_shared(handler),
        Target::Outside(_) | Target::Site(_) | Target::Scim(_) | Target::Admin(_) => false,
    })
}

fn methods(path: &str) -> String {
    let mut methods: Vec<&str> = routes(path).map(|route| route.method.as_str()).collect();
    if methods.is_empty() {
        methods.push("GET");
    }
    methods.join(", ")
}

/// What comes from closed lists or is checked is a header's value.
fn insert(headers: &mut HeaderMap, name: HeaderName, text: &str) {
    if let Ok(value) = HeaderValue::from_str(text) {
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn apis_are_shared_and_pages_for_people_are_not() {
        for path in ["/v1/chat/completions", "/v1/models/m", "/v1/unknown", "/auth/v1/login", "/oauth2/token"] {
            assert!(is_shared(path), "{path}");
        }
        for path in ["/login", "/oauth2/authorize", "/oauth2/consent", "/scim/v2/Users", "/account", "/unknown"] {
            assert!(!is_shared(path), "{path}");
        }
    }
}
