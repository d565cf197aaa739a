//! Logging in with an outside provider over HTTP: where a browser leaves for it, where it comes back, and what people have
//! linked.
//!
//! Leaving and coming back are plain navigations, so both are open. What comes back is bound to this browser by a cookie that
//! browsers send along from other sites too (`SameSite=Lax`); it holds nothing but that. Nobody is led anywhere but to the
//! configured provider, and on to our own pages.

mod enter;
mod own;

use std::sync::Arc;
use std::time::Duration;

use http::header::{LOCATION, REFERRER_POLICY, SET_COOKIE, USER_AGENT};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use hyper::body::Incoming;
use wire::Dialect;

use super::account;
use super::body::{Body, full, read};
use super::login;
use super::page::{Page, Texts, message, onward};
use crate::app::App;
use crate::auth::cookie;
use crate::auth::login::{ClientInfo, LoginError};
use crate::auth::mfa::MfaError;
use crate::auth::oauth2::flow::Flow as Question;
use crate::auth::oauth2::params::Params;
use crate::auth::outside::flow::{Begun, FLOW_S, Flow};
use crate::auth::outside::{OutsideError, Refused};
use crate::error::{Failure, stamp};

const BODY_BYTES_MAX: usize = 4 * 1024;
const BODY_TIMEOUT: Duration = Duration::from_secs(10);
/// Binds a login to the browser that it was begun in.
const BROWSER: &str = "__Host-portcullis-outside";

/// The handlers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handler {
    /// A browser leaves for a provider.
    Start,
    /// It comes back.
    Callback,
    /// The person shows a second factor of ours.
    Factor,
    /// A person links an identity to their account.
    Link,
    /// A person asks what they have linked.
    List,
    /// A person unlinks one.
    Unlink,
}

/// A request of a browser, read.
struct Asked {
    headers: HeaderMap,
    client: ClientInfo,
    query: Params,
    form: Params,
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
        Handler::Start | Handler::Callback | Handler::Factor => visited(app, handler, &name, request).await,
    };
    let is_page = matches!(handler, Handler::Start | Handler::Callback | Handler::Factor);
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
    let asked = Asked::of(request).await?;
    app.outside().count(asked.client.ip).await?;
    match handler {
        Handler::Callback => enter::come_back(app, name, &asked).await,
        Handler::Factor => enter::factor(app, &asked).await,
        _ => start(app, name, &asked).await,
    }
}

/// Sends a browser to a provider.
async fn start(app: &Arc<App>, name: &str, asked: &Asked) -> Answer {
    let mut flow = Flow { is_fresh: asked.query.value("fresh") == Some("true"), ..Flow::default() };
    if let Some(next) = asked.query.value("flow") {
        let question = app.oauth().flow(next).await.map_err(|_| Failure::Request("`flow`: is too old, or unknown"))?;
        flow.is_fresh |= asks_anew(&question);
        flow.next = Some(next.to_owned());
    }
    flow.before = session_of(app, &asked.headers);
    let begun = app.outside().begin(name, flow, cookie::value(&asked.headers, BROWSER)).await;
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

/// Gives the browser its cookie.
fn bind(response: &mut Response<Body>, begun: &Begun) {
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
            Refused::State | Refused::Browser | Refused::Provider => texts.outside_over,
            Refused::Denied(_) => texts.outside_denied,
            Refused::Unavailable(..) | Refused::Metadata(_) => texts.outside_unavailable,
            _ => texts.outside_refused,
        },
        Failure::Outside(_) | Failure::Request(_) | Failure::CrossSite => texts.outside_over,
        Failure::Login(LoginError::Wait { .. } | LoginError::Factor(MfaError::Throttle(_))) => texts.wait,
        Failure::Login(_) => texts.second_factor,
        _ => texts.wrong,
    };
    let link = onwards(next).map(|next| onward(texts, &next));
    let body = maud::html! { (message(says, None)) @if let Some(link) = link { (link) } };
    Page { status: failure.status(), texts, title: texts.wrong, body, leads_to: None, next: None }.answer()
}

impl Asked {
    async fn of(request: Request<Incoming>) -> Result<Self, Failure> {
        let unread = |_| Failure::Request("the parameters: must be plain text, each at most once");
        let client = login::client(&request);
        let headers = request.headers().clone();
        let query = Params::parse(request.uri().query().unwrap_or_default().as_bytes()).map_err(unread)?;
        let form = match *request.method() {
            http::Method::POST => Params::parse(&read(request, BODY_BYTES_MAX, BODY_TIMEOUT).await?).map_err(unread)?,
            _ => Params::default(),
        };
        Ok(Self { headers, client, query, form })
    }

    fn agent(&self) -> Option<String> {
        self.headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).map(str::to_owned)
    }
}
