//! From a password to a session, or to the challenge that stands between them.

use http::header::SET_COOKIE;
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use super::{account, answer, device_cookie};
use crate::app::App;
use crate::auth::cookie;
use crate::auth::jwt::Issued;
use crate::auth::jwt::revocation::Subject;
use crate::auth::login::{ClientInfo, LoggedIn, LoginError};
use crate::auth::mfa::{CHALLENGE_LIFE_S, Challenged, shown};
use crate::auth::session::NewSession;
use crate::data::access::scopes;
use crate::error::Failure;
use crate::http::body::Body;

/// The client that sessions of this door are of.
pub(in crate::http) const CLIENT: &str = "portcullis";
/// Binds a challenge to the browser that it was given to.
pub(in crate::http) const FACTOR_COOKIE: &str = "__Host-portcullis-factor";

/// The challenge itself, where pages ask for what is missing: no script and no address holds it.
pub(in crate::http) const CHALLENGE_COOKIE: &str = "__Host-portcullis-challenge";

/// Ends the binding.
pub(in crate::http) const FACTOR_COOKIE_OVER: HeaderValue =
    HeaderValue::from_static("__Host-portcullis-factor=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0");

/// The challenge that a browser holds, and the name of the authenticator app that its login began to set up.
pub(in crate::http) fn held(headers: &HeaderMap) -> Option<(SecretString, Option<&str>)> {
    let value = cookie::value(headers, CHALLENGE_COOKIE)?;
    let (challenge, factor) = value.split_once('.').map_or((value, None), |(own, factor)| (own, Some(factor)));
    Some((challenge.into(), factor))
}

/// Where somebody comes from, and whether a browser.
pub(in crate::http) struct Visit<'v> {
    /// The connection.
    pub(in crate::http) client: &'v ClientInfo,
    /// The user agent.
    pub(in crate::http) agent: Option<String>,
    /// Whether tokens, and what binds a challenge, are cookies.
    pub(in crate::http) is_browser: bool,
}

/// What somebody gets who showed something of who they are.
#[must_use = "a challenge is no session"]
pub(in crate::http) enum Entered {
    /// A session.
    Session(Issued),
    /// A challenge, because a second factor is missing.
    Challenge(Challenged),
}

/// What a login asks for instead of letting in, for the metric.
#[derive(Clone, Copy)]
pub(super) struct Asked(pub(super) &'static str);

impl Asked {
    pub(super) fn of(enrols: bool) -> Self {
        Self(if enrols { "enrolment_asked" } else { "factor_asked" })
    }
}

/// Begins the session of somebody who logged in, or asks for what is missing. Every way in comes through here.
pub(in crate::http) async fn enter(app: &App, logged_in: &LoggedIn, visit: &Visit<'_>) -> Result<Entered, Failure> {
    if let Some(challenge) = app.logins.challenge(logged_in, visit.is_browser).await? {
        return Ok(Entered::Challenge(challenge));
    }
    let user = logged_in.user().as_str();
    let new = NewSession {
        user: user.to_owned(),
        tenant: logged_in.tenant().to_owned(),
        client: CLIENT.to_owned(),
        scopes: scopes(logged_in.roles()),
        amr: logged_in.amr(),
        acr: Some(logged_in.level().acr().to_owned()),
        auth_time: logged_in.auth_time(),
        address: Some(visit.client.ip.to_string()),
        agent: visit.agent.clone(),
        ..NewSession::default()
    };
    let issued = app.tokens.begin(&new, user).await.map_err(account::unavailable)?;
    keep_out(app, logged_in, &issued).await?;
    Ok(Entered::Session(issued))
}

/// Whoever was kept out between the password and the session is kept out of the session too.
pub(in crate::http) async fn keep_out(app: &App, logged_in: &LoggedIn, issued: &Issued) -> Result<(), Failure> {
    let user = logged_in.user().as_str();
    if app.users().epoch(user).await.map_err(LoginError::from)? != Some(logged_in.epoch()) {
        let session = Subject::Session(issued.session_id.clone());
        app.tokens.revoke(&session, "user_changed", user).await.map_err(account::unavailable)?;
        return Err(LoginError::Refused.into());
    }
    Ok(())
}

/// The answer with a session or a challenge.
pub(super) fn entered(app: &App, entered: Entered, logged_in: &LoggedIn, is_browser: bool) -> Response<Body> {
    entered_with(app, entered, (logged_in, is_browser), &[])
}

/// As [`entered`], with recovery codes that were just made.
pub(super) fn entered_with(
    app: &App,
    entered: Entered,
    (logged_in, is_browser): (&LoggedIn, bool),
    recovery_codes: &[SecretString],
) -> Response<Body> {
    let issued = match entered {
        Entered::Session(issued) => issued,
        Entered::Challenge(challenged) => return asked(&challenged),
    };
    let mut body = if is_browser { account::described(&issued) } else { json!(issued) };
    body["user"] = json!(logged_in.user());
    if !recovery_codes.is_empty() {
        body["recovery_codes"] = json!(shown(recovery_codes));
    }
    let mut response = answer(StatusCode::OK, &body);
    if is_browser {
        account::put_cookies(app, &mut response, &issued);
    }
    if let Some(cookie) = logged_in.device_cookie().and_then(device_cookie) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

/// The answer with a challenge.
fn asked(challenged: &Challenged) -> Response<Body> {
    let next = if challenged.enrols { "enrolment" } else { "factor" };
    let challenge = challenged.challenge.expose_secret();
    let body = json!({
        "next": next,
        "challenge": challenge,
        "expires_in": CHALLENGE_LIFE_S,
        "methods": challenged.methods,
    });
    let mut response = answer(StatusCode::OK, &body);
    response.extensions_mut().insert(Asked::of(challenged.enrols));
    if let Some(cookie) = factor_cookie(challenged) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

/// The cookie that binds a browser's challenge to it.
pub(in crate::http) fn factor_cookie(challenged: &Challenged) -> Option<HeaderValue> {
    let value = challenged.device.as_ref()?.expose_secret();
    let rules = format!("Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age={CHALLENGE_LIFE_S}");
    HeaderValue::from_str(&format!("{FACTOR_COOKIE}={value}; {rules}")).ok()
}
