//! The layer before the pages for people: a browser that has to show work first gets a page that does it.
//!
//! It stands behind the gate and before everything that costs more. Only routes whose answer is a page are behind it: an API
//! is never asked for work here, since its clients could not do it, and what is refused there is refused in its own protocol.
//! A form that comes without a pass is not read.
//!
//! Invariant: whether a browser passes depends on its pass and its address alone.

use std::net::{IpAddr, Ipv4Addr};

use http::header::SET_COOKIE;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use hyper::body::Incoming;

use super::body::{Body, discard, full};
use super::router::{self, Plane, Target};
use super::{gate, oauth2, outside, page, site};
use crate::app::App;
use crate::auth::cookie;
use crate::error::Failure;
use crate::infra::network::ddos::config::ChallengeMode;

/// Holds the pass.
const COOKIE: &str = "__Host-portcullis-pass";
/// Of a form that is not read, at most so much is taken before the answer.
const UNREAD_BYTES_MAX: usize = 64 * 1024;

/// Whether a request has to show work first: then it is answered by [`ask`].
pub(super) fn stops<B>(app: &App, plane: Plane, request: &Request<B>) -> bool {
    // The commonest case costs nothing.
    if plane != Plane::Data || app.gate.rules().challenge.mode == ChallengeMode::Off {
        return false;
    }
    let found = router::find(plane, request.method(), request.uri().path());
    let is_page = found.is_some_and(|(route, _)| is_page(route.target));
    if !is_page || !app.gate.wants_work(client(request)) {
        return false;
    }
    !cookie::value(request.headers(), COOKIE).is_some_and(|pass| app.challenges.knows(client(request), pass))
}

/// Asks for work.
pub(super) async fn ask(app: &App, request: Request<Incoming>) -> Response<Body> {
    let (client, is_form) = (client(&request), request.method() == Method::POST);
    let headers = request.headers().clone();
    discard(request, UNREAD_BYTES_MAX).await;
    app.gate.challenged();
    shown(app, client, &headers, is_form)
}

/// Takes a solution; gives the pass, or the page once more.
pub(super) fn take(app: &App, client: IpAddr, headers: &HeaderMap, solution: &str) -> Response<Body> {
    let config = &app.gate.rules().challenge;
    match app.challenges.take(client, solution, config) {
        Ok(pass) => {
            app.gate.tally.challenge("solved");
            let mut response = Response::new(full(""));
            *response.status_mut() = StatusCode::NO_CONTENT;
            // Lax: apps and providers of other sites lead browsers here.
            let line = format!("{COOKIE}={pass}; Path=/; Max-Age={}; Secure; HttpOnly; SameSite=Lax", config.valid_s);
            if let Ok(line) = HeaderValue::from_str(&line) {
                response.headers_mut().append(SET_COOKIE, line);
            }
            response
        }
        Err(outcome) => {
            app.gate.tally.challenge(outcome.name());
            shown(app, client, headers, false)
        }
    }
}

fn shown(app: &App, client: IpAddr, headers: &HeaderMap, is_form: bool) -> Response<Body> {
    let config = &app.gate.rules().challenge;
    let Some(challenge) = app.challenges.challenge(client, config) else {
        return Failure::TokensUnavailable.answer(wire::Dialect::OpenAi, &app.new_id());
    };
    page::challenge::challenge(page::Texts::of(headers), (&challenge, config.bits), is_form)
}

/// Whether a browser is led there. Who comes back from an outside provider began at a page of ours.
fn is_page(target: Target) -> bool {
    match target {
        Target::Site(handler) => handler != site::Handler::Challenge,
        Target::OAuth(handler) => oauth2::is_page(handler),
        Target::Outside(handler) => handler == outside::Handler::Start,
        _ => false,
    }
}

fn client<B>(request: &Request<B>) -> IpAddr {
    gate::address(request).unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED))
}
