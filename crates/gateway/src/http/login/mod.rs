//! The door for passwords over HTTP: `/auth/v1/…` on the data plane.
//!
//! These routes are open, because who comes here has nothing yet. So each body is JSON of at most 16 KiB, declared as such,
//! and a request that a page of another site sends is refused: otherwise such a page could log a browser in as somebody
//! else, or try passwords from it.
//!
//! Limits: the address is that of the connection; behind a load balancer that is the balancer's.

mod form;
pub(super) mod origin;

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use http::header::{CONTENT_TYPE, COOKIE, SET_COOKIE, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode};
use hyper::body::Incoming;
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use serde_json::json;
use wire::Dialect;

use super::account;
use super::body::{Body, full, read};
use super::listen::Peer;
use crate::app::App;
use crate::auth::jwt::Issued;
use crate::auth::jwt::revocation::Subject;
use crate::auth::login::{ClientInfo, LoggedIn, LoginError};
use crate::auth::password::Context;
use crate::auth::session::NewSession;
use crate::auth::throttle::{DEVICE_COOKIE, DEVICE_LIFE_S};
use crate::data::access::scopes;
use crate::error::{Failure, stamp};
use crate::infra::monitor::metric::LoginLabels;
use form::{Change, Choice, Delivery, Login, Proof, Recovery, Strength};

const BODY_BYTES_MAX: usize = 16 * 1024;
const BODY_TIMEOUT: Duration = Duration::from_secs(10);
/// The client that sessions of this door are of.
pub(super) const CLIENT: &str = "portcullis";
/// A solved proof of work.
const PROOF: HeaderName = HeaderName::from_static("x-portcullis-proof");

/// The handlers of the door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handler {
    /// Log in with a password.
    Login,
    /// Ask for a link to choose another password.
    Recovery,
    /// Choose another password by a link.
    CompleteRecovery,
    /// Accept an invitation by a link.
    Accept,
    /// Prove an e-mail address by a link.
    VerifyEmail,
    /// Change a password, with the current one.
    ChangePassword,
    /// Have a password judged.
    Strength,
}

type Answer = Result<Response<Body>, Failure>;

/// Answers a request at the door.
pub(super) async fn handle(app: &Arc<App>, handler: Handler, request: Request<Incoming>) -> Response<Body> {
    let id = app.new_id();
    let answered = admitted(app, handler, request).await;
    if handler == Handler::Login {
        count(app, answered.as_ref().err());
    }
    match answered {
        Ok(mut response) => {
            stamp(&mut response, &id);
            response
        }
        Err(failure) => {
            if failure.status() == StatusCode::SERVICE_UNAVAILABLE {
                tracing::error!(error = &failure as &dyn std::error::Error, request_id = id, "a login was not served");
            }
            failure.answer(Dialect::OpenAi, &id)
        }
    }
}

async fn admitted(app: &Arc<App>, handler: Handler, request: Request<Incoming>) -> Answer {
    origin::check(request.headers(), app.live().config.auth.public_url.as_deref())?;
    if !is_json(request.headers()) {
        return Err(Failure::NotJson);
    }
    let client = client(&request);
    let agent = request.headers().get(USER_AGENT).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let (door, body) = (&app.logins, read(request, BODY_BYTES_MAX, BODY_TIMEOUT).await?);
    match handler {
        Handler::Login => {
            let form: Login = parse(&body, "an object with `email` and `password`, and perhaps `tenant`")?;
            let credentials = Credentials { tenant: &form.tenant, email: &form.email, password: &form.password };
            let (entered, issued) = enter(app, credentials, (&client, agent)).await?;
            let mut body = match form.tokens {
                Delivery::Cookies => account::described(&issued),
                Delivery::Body => json!(issued),
            };
            body["user"] = json!(entered.user());
            let mut response = answer(StatusCode::OK, &body);
            if form.tokens == Delivery::Cookies {
                account::put_cookies(app, &mut response, &issued);
            }
            if let Some(cookie) = entered.device_cookie().and_then(device_cookie) {
                response.headers_mut().append(SET_COOKIE, cookie);
            }
            Ok(response)
        }
        Handler::Recovery => {
            let form: Recovery = parse(&body, "an object with `email`, and perhaps `tenant`")?;
            door.recovery(&form.tenant, &form.email, &client).await?;
            Ok(answer(StatusCode::ACCEPTED, &json!({ "status": "a link is sent if there is such an account" })))
        }
        Handler::CompleteRecovery => {
            let form: Choice = parse(&body, "an object with `token` and `password`")?;
            let user = door.complete_recovery(&form.token, &form.password, &client).await?;
            Ok(answer(StatusCode::OK, &json!({ "user": user })))
        }
        Handler::Accept => {
            let form: Choice = parse(&body, "an object with `token` and `password`")?;
            let user = door.accept(&form.token, &form.password, &client).await?;
            Ok(answer(StatusCode::OK, &json!({ "user": user })))
        }
        Handler::VerifyEmail => {
            let form: Proof = parse(&body, "an object with `token`")?;
            let user = door.verify_email(&form.token, &client).await?;
            Ok(answer(StatusCode::OK, &json!({ "user": user })))
        }
        Handler::ChangePassword => {
            let form: Change = parse(&body, "an object with `email`, `current` and `new`, and perhaps `tenant`")?;
            door.change_password(&form.tenant, &form.email, [&form.current, &form.new], &client).await?;
            Ok(answer(StatusCode::OK, &json!({ "changed": true })))
        }
        Handler::Strength => {
            let form: Strength = parse(&body, "an object with `password`, and perhaps `email` and `name`")?;
            let context = Context { email: form.email, name: form.name, organisation: None };
            judged(door.judge(&form.password, context, &client).await)
        }
    }
}

/// What somebody shows at the door.
pub(super) struct Credentials<'c> {
    pub(super) tenant: &'c str,
    pub(super) email: &'c str,
    pub(super) password: &'c SecretString,
}

/// The joint of all ways in by password: through the door, and into a session.
pub(super) async fn enter(
    app: &App,
    shown: Credentials<'_>,
    (client, agent): (&ClientInfo, Option<String>),
) -> Result<(LoggedIn, Issued), Failure> {
    let entered = app.logins.password(shown.tenant, shown.email, shown.password, client).await?;
    let issued = session(app, &entered, (client, agent)).await?;
    Ok((entered, issued))
}

/// Counts how an attempt went.
pub(super) fn count(app: &App, failure: Option<&Failure>) {
    let outcome = failure.map_or("succeeded", Failure::code);
    app.metrics.logins.get_or_create(&LoginLabels { outcome }).inc();
}

/// Begins the session of somebody who logged in.
async fn session(
    app: &App,
    entered: &LoggedIn,
    (client, agent): (&ClientInfo, Option<String>),
) -> Result<Issued, Failure> {
    let new = NewSession {
        user: entered.user().to_string(),
        tenant: entered.tenant().to_owned(),
        client: CLIENT.to_owned(),
        scopes: scopes(entered.roles()),
        amr: vec!["pwd".to_owned()],
        address: Some(client.ip.to_string()),
        agent,
        ..NewSession::default()
    };
    let issued = app.tokens.begin(&new, entered.user().as_str()).await.map_err(account::unavailable)?;
    // Whoever was kept out between the password and the session is kept out of the session too.
    if app.users().epoch(entered.user().as_str()).await.map_err(LoginError::from)? != Some(entered.epoch()) {
        let session = Subject::Session(issued.session_id.clone());
        app.tokens.revoke(&session, "user_changed", entered.user().as_str()).await.map_err(account::unavailable)?;
        return Err(LoginError::Refused.into());
    }
    Ok(issued)
}

/// A weak password is an answer here, not an error.
fn judged(judged: Result<u8, LoginError>) -> Answer {
    match judged {
        Ok(score) => Ok(answer(StatusCode::OK, &json!({ "accepted": true, "score": score }))),
        Err(LoginError::Weak(weak)) => {
            let mut body = json!(weak);
            body["accepted"] = false.into();
            Ok(answer(StatusCode::OK, &body))
        }
        Err(error) => Err(error.into()),
    }
}

/// Reads a form. The parser's own message is not shown, since it could repeat a password.
fn parse<T: DeserializeOwned>(body: &[u8], shape: &'static str) -> Result<T, Failure> {
    serde_json::from_slice(body).map_err(|_| Failure::Form(shape))
}

pub(super) fn client(request: &Request<Incoming>) -> ClientInfo {
    let ip = request.extensions().get::<Peer>().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0);
    let proof = request.headers().get(PROOF).and_then(|value| value.to_str().ok()).map(str::to_owned);
    ClientInfo { ip, device: cookie(request.headers(), DEVICE_COOKIE), proof }
}

fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let texts = headers.get_all(COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let mut pairs = texts.flat_map(|text| text.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(own, _)| *own == name).map(|(_, value)| value.to_owned())
}

pub(super) fn device_cookie(value: &str) -> Option<HeaderValue> {
    let rules = "Path=/; Secure; HttpOnly; SameSite=Strict";
    HeaderValue::from_str(&format!("{DEVICE_COOKIE}={value}; {rules}; Max-Age={DEVICE_LIFE_S}")).ok()
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

fn answer(status: StatusCode, body: &serde_json::Value) -> Response<Body> {
    let mut response = Response::new(full(body.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
