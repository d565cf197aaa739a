//! Logging in with an outside provider over HTTP: where a browser leaves for it, where it comes back, and what people have
//! linked.
//!
//! Leaving and coming back are plain navigations, so both are open. What comes back is bound to this browser by a cookie that
//! browsers send along from other sites too (`SameSite=Lax`); it holds nothing but that. Nobody is led anywhere but to the
//! configured provider, and on to our own pages.

mod enter;
mod own;

use std::sync::Arc;

use http::header::{LOCATION, REFERRER_POLICY, SET_COOKIE};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use hyper::body::Incoming;
use wire::Dialect;

use super::account;
use super::body::{Body, full};
use super::oauth2::Asked;
use super::page::{Page, Texts, message_with};
use crate::app::App;
use crate::auth::cookie;
use crate::auth::login::LoginError;
use crate::auth::mfa::MfaError;
use crate::auth::oauth2::flow::Flow as Question;
use crate::auth::outside::flow::{Begun, FLOW_S, Flow};
use crate::auth::outside::{OutsideError, Refused};
use crate::error::{Failure, stamp};
pub(super) use own::begin_link;

/// Binds a login to the browser that it was begun in.
const BROWSER: &str = "__Host-portcullis-outside";

/// The handlers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handler {
    /// A browser leaves for a provider.
    Start,
    /// It comes back.
    Callback,
    /// A person links an identity to their account.
    Link,
    /// A person asks what they have linked.
    List,
    /// A person unlinks one.
    Unlink,
}

type Answer = Result<Response<Body>, Failure>;

/// Answers a request.
pub(super) async fn handle(
    app: &Arc<App>,
    handler: Handler,
    name: Option<String>,
    mut request: Request<Incoming>,
) -> Response<Body> {
    account::name_host(&mut request);
    let (request_id, name) = (app.new_id(), name.unwrap_or_default());
    let headers = request.headers().clone();
    let answered = match handler {
        Handler::Link => own::link(app, &name, &request).await,
        Handler::List => own::list(app, &request).await,
        Handler::Unlink => own::unlink(app, &name, &request).await,
        Handler::Start | Handler::Callback => visited(app, handler, &name, request).await,
    };
    let is_page = matches!(handler, Handler::Start | Handler::Callback);
    let mut response = match answered {
        Ok(response) => response,
        Err(failure) => {
            if failure.status() == StatusCode::SERVICE_UNAVAILABLE {
                let error = &failure as &dyn std::error::Error;
                tracing::error!(error, request_id, "a login with an outside provider was not served");
            }
            if is_page { failed(&headers, &failure, None) } else { failure.answer(Dialect::OpenAi, &request_id) }
        }
    };
    stamp(&mut response, &request_id);
    response
}

async fn visited(app: &Arc<App>, handler: Handler, name: &str, request: Request<Incoming>) -> Answer {
    let (asked, unread) = Asked::of(request, false).await;
    if unread.is_some() {
        return Err(Failure::Request("the parameters: must be plain text, each at most once"));
    }
    app.outside().count(asked.client.ip).await?;
    match handler {
        Handler::Callback => enter::come_back(app, name, &asked).await,
        _ => start(app, name, &asked).await,
    }
}

/// Sends a browser to a provider.
async fn start(app: &Arc<App>, name: &str, asked: &Asked) -> Answer {
    let mut flow = Flow { is_fresh: asked.query.value("fresh") == Some("true"), ..Flow::default() };
    if let Some(next) = asked.query.value("flow") {
        let question = app.oauth().flow(next).map_err(|_| Failure::Request("`flow`: is too old, or unknown"))?;
        flow.is_fresh |= asks_anew(&question);
        flow.next = Some(next.to_owned());
    }
    let headers = asked.head.headers();
    if is_led_by_another_site(headers) {
        return Ok(ask_first(asked));
    }
    flow.before = session_of(app, headers);
    let begun = app.outside().begin(name, flow, cookie::value(headers, BROWSER)).await;
    if let Err(OutsideError::Refused(refused)) = &begun {
        enter::count(app, name, refused.name());
    }
    let begun = begun?;
    let mut response = Response::new(full(""));
    *response.status_mut() = StatusCode::SEE_OTHER;
    let location = HeaderValue::from_str(&begun.location).map_err(|_| OutsideError::NoProvider)?;
    response.headers_mut().insert(LOCATION, location);
    response.headers_mut().insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    bind(&mut response, &begun);
    Ok(response)
}

/// Whether a page of another site led here, and not a button of ours or the person's own hand.
fn is_led_by_another_site(headers: &HeaderMap) -> bool {
    let site = headers.get("sec-fetch-site").and_then(|site| site.to_str().ok());
    matches!(site, Some("cross-site" | "same-site"))
}

/// Asks before leaving: no session begins by a link on somebody else's page.
fn ask_first(asked: &Asked) -> Response<Body> {
    let texts = Texts::of(asked.head.headers());
    // The path is that of the route, so that this leads nowhere else.
    let here = asked.head.uri().path_and_query().map_or("/login", |own| own.as_str());
    let body = message_with(texts.outside.ask_first, (texts.login, here));
    Page::new(texts, texts.login, body).answer()
}

/// Whether an app asks for a login of now.
fn asks_anew(question: &Question) -> bool {
    match question {
        Question::Code(request) => request.has_prompt("login") || request.max_age_s.is_some(),
        Question::Device { .. } => false,
    }
}

/// The session that this browser has, which a login takes the place of.
fn session_of(app: &App, headers: &HeaderMap) -> Option<String> {
    cookie::value(headers, cookie::REFRESH).and_then(|token| app.tokens.session_of(token))
}

/// Gives a browser that leaves its cookie.
pub(in crate::http) fn bind(response: &mut Response<Body>, begun: &Begun) {
    let line = format!("{BROWSER}={}; Path=/; Max-Age={FLOW_S}; Secure; HttpOnly; SameSite=Lax", begun.browser);
    if let Ok(line) = HeaderValue::from_str(&line) {
        response.headers_mut().append(SET_COOKIE, line);
    }
}

/// Where our own pages go on with what an app asked.
fn onwards(next: Option<&str>) -> Option<String> {
    let is_id = |id: &&str| id.starts_with("flw_") && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    next.filter(is_id).map(|id| format!("/oauth2/continue?flow={id}"))
}

/// A page about what did not work. It says the same whether or not there is an account.
fn failed(headers: &HeaderMap, failure: &Failure, next: Option<&str>) -> Response<Body> {
    let texts = Texts::of(headers);
    let says = match failure {
        Failure::Outside(OutsideError::Wait(_)) => texts.wait,
        Failure::Outside(OutsideError::Refused(refused)) => match refused {
            Refused::State | Refused::Browser | Refused::Provider => texts.outside.over,
            Refused::Denied(_) => texts.outside.denied,
            Refused::Unavailable(..) | Refused::Metadata(_) => texts.outside.unavailable,
            _ => texts.outside.refused,
        },
        Failure::Outside(_) | Failure::Request(_) | Failure::CrossSite => texts.outside.over,
        Failure::Login(LoginError::Wait { .. } | LoginError::Factor(MfaError::Throttle(_))) => texts.wait,
        Failure::Login(LoginError::Factor(MfaError::Closed)) => texts.factor.closed,
        Failure::Login(LoginError::Refused) => texts.outside.refused,
        _ => texts.wrong,
    };
    let again = onwards(next).unwrap_or_else(|| "/login".to_owned());
    let body = message_with(says, (texts.factor.again, &again));
    Page { status: failure.status(), ..Page::new(texts, texts.wrong, body) }.answer()
}
