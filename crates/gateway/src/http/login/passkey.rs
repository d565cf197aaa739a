//! Logging in with a passkey over HTTP: first the question, then the answer.
//!
//! A browser gets a cookie with the question, and only the two together count; a program has its tokens in the body and
//! keeps the question to itself.

use bytes::Bytes;
use http::header::SET_COOKIE;
use http::{HeaderValue, Response, StatusCode};
use serde_json::{Value, json};

use super::enter::{Visit, enter, entered};
use super::form::{Delivery, Passkey, PasskeyOptions};
use super::{Answer, answer, parse};
use crate::app::App;
use crate::auth::login::{ClientInfo, LoginError};
use crate::auth::mfa::{CHALLENGE_LIFE_S, mint};
use crate::http::body::Body;
use secrecy::ExposeSecret as _;

/// Binds a question to the browser that it was put to.
pub(in crate::http) const COOKIE: &str = "__Host-portcullis-passkey";
/// Ends it.
pub(in crate::http) const COOKIE_OVER: HeaderValue =
    HeaderValue::from_static("__Host-portcullis-passkey=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0");

/// What a browser is to be asked, as `navigator.credentials` takes it.
pub(in crate::http) fn asking(options: &Value) -> Response<Body> {
    answer(StatusCode::OK, &json!({ "publicKey": options, "expires_in": CHALLENGE_LIFE_S }))
}

/// Puts the question.
pub(super) async fn options(app: &App, body: &Bytes, client: &ClientInfo) -> Answer {
    let form: PasskeyOptions = parse(body, "an object with perhaps `tokens`")?;
    if form.tokens == Delivery::Body {
        return Ok(asking(&app.logins.passkey_options(None, client).await?));
    }
    let device = mint().map_err(LoginError::from)?;
    let value = device.expose_secret();
    let mut response = asking(&app.logins.passkey_options(Some(value), client).await?);
    let rules = format!("Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age={CHALLENGE_LIFE_S}");
    if let Ok(line) = HeaderValue::from_str(&format!("{COOKIE}={value}; {rules}")) {
        response.headers_mut().append(SET_COOKIE, line);
    }
    Ok(response)
}

/// Takes the answer.
pub(super) async fn log_in(
    app: &App,
    body: &Bytes,
    cookie: Option<&str>,
    (client, agent): (&ClientInfo, Option<String>),
) -> Answer {
    let form: Passkey = parse(body, "an object with `passkey`, and perhaps `tokens`")?;
    let is_browser = form.tokens == Delivery::Cookies;
    let device = is_browser.then(|| cookie.unwrap_or_default());
    let logged_in = app.logins.passkey(&form.passkey, device, client).await?;
    let visit = Visit { client, agent, is_browser };
    let mut response = entered(app, enter(app, &logged_in, &visit).await?, &logged_in, is_browser);
    if is_browser {
        response.headers_mut().append(SET_COOKIE, COOKIE_OVER);
    }
    Ok(response)
}
