//! What happens around every request, in order.
//!
//! 1. The panic catcher, outermost: a bug in one request is that request's 500, not the connection's end for others.
//! 2. The web application firewall, on the request line and the headers; on a body when it is read.
//! 3. The router. Behind it, what a cookie authenticates passes `input::csrf` first.
//! 4. Security headers on everything that leaves, unless a page says it closer; HSTS where the data plane has TLS.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode};
use hyper::body::Incoming;

use super::body::{Body, discard, full};
use super::oauth2;
use super::redirect;
use super::router::{Plane, admin_plane, data_plane};
use super::shield;
use crate::app::App;
use crate::error::Failure;
use crate::proxy;

/// Of a request that is refused at its headers, at most so much is read before the answer.
const REFUSED_BYTES_MAX: usize = 1 << 20;

/// Answers one request.
pub async fn answer(app: Arc<App>, plane: Plane, mut request: Request<Incoming>) -> Response<Body> {
    let hsts = if plane == Plane::Data { app.live().hsts.clone() } else { None };
    let routed = async {
        // The redirect listener reads nothing that rules could look at.
        if plane != Plane::Redirect
            && let Err(refused) = shield::enter(&app, plane, &mut request)
        {
            let dialect = proxy::dialect(&request);
            Box::pin(discard(request, REFUSED_BYTES_MAX)).await;
            return Failure::Shielded(refused).answer(dialect, &app.new_id());
        }
        match plane {
            Plane::Data => {
                let is_resource = request.uri().path().starts_with("/v1/");
                let mut response = data_plane(app.clone(), request).await;
                if is_resource && response.status() == StatusCode::UNAUTHORIZED {
                    oauth2::challenge(&app, &mut response);
                }
                response
            }
            Plane::Admin => Box::pin(admin_plane(app, request)).await,
            Plane::Redirect => redirect::answer(&app, &request),
        }
    };
    let mut response = AssertUnwindSafe(routed).catch_unwind().await.unwrap_or_else(|_| {
        tracing::error!("a request ended in a panic; the message above says where");
        let mut response = Response::new(full(&b"{\"error\":{\"message\":\"internal error\",\"type\":\"server_error\",\"param\":null,\"code\":\"internal\"}}"[..]));
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        response
    });
    let headers = response.headers_mut();
    protect(headers);
    if let Some(hsts) = hsts {
        headers.insert(STRICT_TRANSPORT_SECURITY, hsts);
    }
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// What browsers are told with every answer, also with those that are meant for programs: any may stand where a page would.
fn protect(headers: &mut HeaderMap) {
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    for (name, value) in [
        (CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
}
