//! What a page's script fills in: a passkey that is shown, or one that was made. And the way in by one, without a password.
//!
//! The form is one of our own pages like any other, with its token; and an answer counts only together with the cookie that
//! its browser got with the question.

use http::Response;
use http::header::SET_COOKIE;
use serde::de::DeserializeOwned;

use crate::app::App;
use crate::auth::cookie;
use crate::auth::login::LoginError;
use crate::auth::mfa::passkey::{Assertion, Refused, Registration};
use crate::auth::mfa::{MfaError, Proof};
use crate::auth::oauth2::OAuthError;
use crate::auth::oauth2::params::Params;
use crate::http::body::Body;
use crate::http::login::{PASSKEY_COOKIE, PASSKEY_COOKIE_OVER};
use crate::http::oauth2::Asked;
use crate::http::oauth2::answer::Wrong;
use crate::http::page::passkey::FIELD;

use super::enter::{Next, led_on, refused};

/// Whether a form brings a passkey.
pub(in crate::http) fn has_one(form: &Params) -> bool {
    form.value(FIELD).is_some()
}

/// The passkey that a form shows.
pub(super) fn shown(form: &Params) -> Result<Option<Proof>, Wrong> {
    let assertion: Option<Assertion> = read(form)?;
    Ok(assertion.map(|assertion| Proof::Passkey(Box::new(assertion))))
}

/// The passkey that was made for a form.
pub(super) fn made(form: &Params) -> Result<Option<Box<Registration>>, Wrong> {
    Ok(read(form)?.map(Box::new))
}

/// Takes a passkey in the place of address and password. Where an app asks, the person has to be of its tenant.
pub(in crate::http) async fn by_passkey(
    app: &App,
    asked: &Asked,
    tenant: Option<&str>,
    next: &Next,
) -> Result<Result<Response<Body>, LoginError>, Wrong> {
    let foreign = || LoginError::Factor(MfaError::Passkey(Refused::Credential));
    let Some(assertion) = read::<Assertion>(&asked.form)? else { return refused(app, foreign()) };
    let device = cookie::value(asked.head.headers(), PASSKEY_COOKIE).unwrap_or_default();
    let entered = match app.logins.passkey(&assertion, Some(device), &asked.client).await {
        Ok(entered) => entered,
        Err(error) => return refused(app, error),
    };
    if tenant.is_some_and(|tenant| tenant != entered.tenant()) {
        return refused(app, foreign());
    }
    let mut led = led_on(app, asked, &entered, (next, None)).await?;
    if let Ok(response) = &mut led {
        response.headers_mut().append(SET_COOKIE, PASSKEY_COOKIE_OVER);
    }
    Ok(led)
}

/// Only our script fills the field in, so that what cannot be read is no person's mistake.
fn read<T: DeserializeOwned>(form: &Params) -> Result<Option<T>, Wrong> {
    let Some(text) = form.value(FIELD) else { return Ok(None) };
    let wrong = |_| Wrong::from(OAuthError::request("`passkey` is not what an authenticator answers"));
    serde_json::from_str(text).map(Some).map_err(wrong)
}
