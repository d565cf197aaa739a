//! What happens around every request, in order.
//!
//! 1. The panic catcher, outermost: a bug in one request is that request's 500, not the connection's end for others.
//! 2. The gate: the real address, bans, the size of the head, a place among the requests under way.
//! 3. CORS: a preflight is answered here, since browsers send it without credentials.
//! 4. Browsers that have to show work before they see a page, see `challenge`.
//! 5. The web application firewall, on the request line and the headers; on a body when it is read; on the answer, where
//!    rules are about answers.
//! 6. The router. Behind it, what a cookie authenticates passes `input::csrf` first.
//! 7. Security headers on everything that leaves, unless a page says it closer; HSTS where the data plane has TLS. What a
//!    refusal says about its client is told the gate.

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
use super::challenge;
use super::cors::{self, Sharing};
use super::gate::{self, TurnedAway};
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
    let live = app.live();
    let hsts = if plane == Plane::Data { live.hsts.clone() } else { None };
    let sharing = if plane == Plane::Data { cors::decide(&live.cors, &request) } else { Sharing::Silent };
    let entered = gate::enter(&app, plane, &mut request);
    let address = gate::address(&request);
    let (ticket, turned) = match entered {
        Ok(ticket) => (ticket, None),
        Err(turned) => (None, Some(turned)),
    };
    let preflight = cors::preflight(&live.cors, &sharing, &request);
    // It holds what a reload may replace, and an answer may take minutes.
    drop(live);
    let routed = async {
        if let Some(turned) = turned {
            return (Box::pin(refuse(&app, request, turned.into())).await, None);
        }
        if let Some(answer) = preflight {
            return (answer, None);
        }
        // The redirect listener reads nothing that rules could look at.
        if plane == Plane::Redirect {
            return (route(&app, plane, request).await, None);
        }
        if challenge::stops(&app, plane, &request) {
            return (Box::pin(challenge::ask(&app, request)).await, None);
        }
        match shield::enter(&app, plane, &mut request) {
            Err(refused) => (Box::pin(refuse(&app, request, Failure::Shielded(refused))).await, None),
            Ok(shield) => {
                let shield = shield.map(|shield| (shield, proxy::dialect(&request)));
                (route(&app, plane, request).await, shield)
            }
        }
    };
    let (mut response, shield) = AssertUnwindSafe(routed).catch_unwind().await.unwrap_or_else(|_| {
        tracing::error!("a request ended in a panic; the message above says where");
        let mut response = Response::new(full(&b"{\"error\":{\"message\":\"internal error\",\"type\":\"server_error\",\"param\":null,\"code\":\"internal\"}}"[..]));
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        (response, None)
    });
    if let Some((shield, dialect)) = shield {
        response = Box::pin(shield::answer::leave(shield, dialect, response)).await;
    }
    gate::leave(&app, address, ticket, &mut response);
    let headers = response.headers_mut();
    cors::share(&sharing, headers);
    protect(headers);
    if let Some(hsts) = hsts {
        headers.insert(STRICT_TRANSPORT_SECURITY, hsts);
    }
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

async fn route(app: &Arc<App>, plane: Plane, request: Request<Incoming>) -> Response<Body> {
    match plane {
        Plane::Data => {
            let is_resource = request.uri().path().starts_with("/v1/");
            let mut response = data_plane(app.clone(), request).await;
            if is_resource && response.status() == StatusCode::UNAUTHORIZED {
                oauth2::challenge(app, &mut response);
            }
            response
        }
        Plane::Admin => Box::pin(admin_plane(app.clone(), request)).await,
        Plane::Redirect => redirect::answer(app, &request),
    }
}

/// Says that a request gets no further, once what was sent of it is read; of who is banned nothing is read.
async fn refuse(app: &App, request: Request<Incoming>, failure: Failure) -> Response<Body> {
    let dialect = proxy::dialect(&request);
    if !matches!(failure, Failure::TurnedAway(TurnedAway::Banned { .. })) {
        discard(request, REFUSED_BYTES_MAX).await;
    }
    failure.answer(dialect, &app.new_id())
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
