//! The door for passwords and passkeys over HTTP: `/auth/v1/…` on the data plane.
//!
//! These routes are open, because who comes here has nothing yet. So each body is JSON of at most 16 KiB, declared as such,
//! and a request that a page of another site sends is refused: otherwise such a page could log a browser in as somebody
//! else, or try passwords from it.
//!
//! Limits: the address is that of the connection; behind a load balancer that is the balancer's.

pub(super) mod enter;
pub(super) mod form;
pub(super) mod origin;
mod passkey;

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
use super::factor;
use super::peer::Peer;
use crate::app::App;
use crate::auth::login::{ClientInfo, LoginError};
use crate::auth::mfa::{self, Level, MfaError};
use crate::auth::password::Context;
use crate::auth::throttle::{DEVICE_COOKIE, DEVICE_LIFE_S};
use crate::error::{Failure, stamp};
use crate::infra::monitor::metric::LoginLabels;
use enter::{Asked, entered, entered_with};
use form::{Change, Choice, Delivery, Enrol, Factor, FactorOptions, Login, Proof, Recovery, Strength, proof};

pub(super) use enter::{
    CHALLENGE_COOKIE, CLIENT, Entered, FACTOR_COOKIE, FACTOR_COOKIE_OVER, Visit, enter, factor_cookie, held, keep_out,
};
pub(super) use passkey::{COOKIE as PASSKEY_COOKIE, COOKIE_OVER as PASSKEY_COOKIE_OVER, asking};

const BODY_BYTES_MAX: usize = 16 * 1024;
const BODY_TIMEOUT: Duration = Duration::from_secs(10);
/// A solved proof of work.
const PROOF: HeaderName = HeaderName::from_static("x-portcullis-proof");

/// The handlers of the door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handler {
    /// Log in with a password.
    Login,
    /// Answer a challenge with a second factor.
    Factor,
    /// Ask how a passkey can answer a challenge.
    FactorOptions,
    /// Set the first factor up within a login.
    Enrol,
    /// Ask how a passkey can log in.
    PasskeyOptions,
    /// Log in with a passkey.
    Passkey,
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
    if matches!(handler, Handler::Login | Handler::Factor | Handler::Passkey) {
        let outcome =
            |response: &Response<Body>| response.extensions().get::<Asked>().map_or("succeeded", |asked| asked.0);
        let outcome = answered.as_ref().map_or_else(Failure::code, outcome);
        app.metrics.logins.get_or_create(&LoginLabels { outcome }).inc();
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
    let device = cookie(request.headers(), FACTOR_COOKIE);
    let shown = if handler == Handler::ChangePassword { shown(app, &request).await } else { None };
    let headers = request.headers().clone();
    let (door, body) = (&app.logins, read(request, BODY_BYTES_MAX, BODY_TIMEOUT).await?);
    match handler {
        Handler::Login => {
            let form: Login = parse(&body, "an object with `email` and `password`, and perhaps `tenant`")?;
            let logged_in = door.password(&form.tenant, &form.email, &form.password, &client).await?;
            let visit = Visit { client: &client, agent, is_browser: form.tokens == Delivery::Cookies };
            Ok(entered(app, enter(app, &logged_in, &visit).await?, &logged_in, visit.is_browser))
        }
        Handler::Factor => {
            let shape = "an object with `challenge` and one of `code`, `recovery_code`, `passkey` and `registration`";
            let form: Factor = parse(&body, shape)?;
            let given = match form.registration {
                Some(_) if form.code.is_some() || form.recovery_code.is_some() || form.passkey.is_some() => None,
                Some(registration) => Some(mfa::Proof::NewPasskey(registration, form.name)),
                None => proof(form.code, form.recovery_code, form.passkey),
            };
            let proof = given.ok_or(Failure::Form(shape))?;
            let answered = door.answer(&form.challenge, device.as_deref(), &proof, &client).await?;
            let (logged_in, is_browser) = (&answered.logged_in, answered.is_browser);
            let visit = Visit { client: &client, agent, is_browser };
            let entered_now = enter(app, logged_in, &visit).await?;
            let mut response = entered_with(app, entered_now, (logged_in, is_browser), &answered.recovery_codes);
            if is_browser {
                response.headers_mut().append(SET_COOKIE, FACTOR_COOKIE_OVER);
            }
            Ok(response)
        }
        Handler::Enrol => {
            let form: Enrol = parse(&body, "an object with `challenge`, and perhaps `kind` and `name`")?;
            if form.kind == form::Kind::Passkey {
                let challenge = challenge_of(app, form.challenge, &headers)?;
                return Ok(passkey::asking(&door.enrol_passkey(&challenge, device.as_deref()).await?));
            }
            // A key that is shown is not for whoever holds a cookie.
            let challenge = form.challenge.ok_or(Failure::Form("an object with `challenge`"))?;
            let enrolment = door.enrol(&challenge, device.as_deref(), &form.name).await?;
            Ok(answer(StatusCode::OK, &json!(enrolment)))
        }
        Handler::FactorOptions => {
            let form: FactorOptions = parse(&body, "an object with `challenge`")?;
            let challenge = challenge_of(app, form.challenge, &headers)?;
            Ok(passkey::asking(&door.factor_options(&challenge, device.as_deref()).await?))
        }
        Handler::PasskeyOptions => passkey::options(app, &body, &client).await,
        Handler::Passkey => {
            let cookie = cookie(&headers, passkey::COOKIE);
            passkey::log_in(app, &body, cookie.as_deref(), (&client, agent)).await
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
            let (account, passwords) = ((form.tenant.as_str(), form.email.as_str()), [&form.current, &form.new]);
            door.change_password(account, passwords, shown.as_deref(), &client).await?;
            Ok(answer(StatusCode::OK, &json!({ "changed": true })))
        }
        Handler::Strength => {
            let form: Strength = parse(&body, "an object with `password`, and perhaps `email` and `name`")?;
            let context = Context { email: form.email, name: form.name, organisation: None };
            judged(door.judge(&form.password, context, &client).await)
        }
    }
}

/// The challenge that is named or, for a page of this site, the one that its browser holds.
fn challenge_of(app: &App, named: Option<SecretString>, headers: &HeaderMap) -> Result<SecretString, Failure> {
    if let Some(named) = named {
        return Ok(named);
    }
    if !origin::is_own_page(headers, app.live().config.auth.public_url.as_deref()) {
        return Err(Failure::Form("an object with `challenge`"));
    }
    let (challenge, _) = held(headers).ok_or(LoginError::Factor(MfaError::Challenge))?;
    Ok(challenge)
}

/// Whose session of this request has shown two factors lately. Its cookie says nothing when another site may have sent it.
async fn shown(app: &App, request: &Request<Incoming>) -> Option<String> {
    let identity = account::person(app, request).await.ok()?;
    factor::demand(app, &identity, Some(Level::Two)).await.ok()?;
    Some(identity.actor.clone())
}

/// Counts how an attempt went.
pub(super) fn count(app: &App, failure: Option<&Failure>) {
    let outcome = failure.map_or("succeeded", Failure::code);
    app.metrics.logins.get_or_create(&LoginLabels { outcome }).inc();
}

/// Counts an attempt that is asked for a second factor.
pub(super) fn count_asked(app: &App, enrols: bool) {
    app.metrics.logins.get_or_create(&LoginLabels { outcome: Asked::of(enrols).0 }).inc();
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
pub(super) fn parse<T: DeserializeOwned>(body: &[u8], shape: &'static str) -> Result<T, Failure> {
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

pub(super) fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

pub(super) fn answer(status: StatusCode, body: &serde_json::Value) -> Response<Body> {
    let mut response = Response::new(full(body.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
