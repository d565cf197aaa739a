//! Devices without a browser (RFC 8628).

use std::sync::Arc;

use http::StatusCode;
use serde_json::json;

use super::Asked;
use super::answer::{Answer, json_answer, redirect};
use crate::app::App;
use crate::auth::oauth2::OAuthError;
use crate::auth::oauth2::client::DEVICE;
use crate::auth::oauth2::device::{LIFE_S, PAUSE_S};
use crate::auth::oauth2::request::asked as asked_scopes;
use crate::http::page::{self, Page, Texts};
use crate::http::site::form::{self, Form};

/// What the token of the form is of, before anything is known.
const FORM: &str = "device";

/// Gives a device its codes.
pub(super) async fn begin(app: &Arc<App>, asked: &Asked) -> Answer {
    let client = asked.authenticated(app).await?;
    if !client.may(DEVICE) {
        return Err(OAuthError::refused("unauthorized_client", "this client is no device").into());
    }
    let scopes = asked_scopes(&client, &asked.form)?;
    let codes = app.oauth().begin_device(&client, &scopes).await?;
    let page = format!("{}/device", app.oauth().issuer()?);
    Ok(json_answer(
        StatusCode::OK,
        &json!({
            "device_code": codes.device_code,
            "user_code": codes.user_code,
            "verification_uri": page,
            "verification_uri_complete": format!("{page}?user_code={}", codes.user_code),
            "expires_in": LIFE_S,
            "interval": PAUSE_S,
        }),
    ))
}

/// Asks for the code that the device shows.
pub(super) fn page(app: &App, asked: &Asked) -> Answer {
    shown(app, asked, asked.query.value("user_code").unwrap_or_default(), None)
}

/// Takes the code; then the person logs in and decides as for any other client.
pub(super) async fn enter(app: &Arc<App>, asked: &Asked) -> Answer {
    let browser = form::check(app, asked, FORM)?;
    let code = asked.form.value("user_code").unwrap_or_default();
    match app.oauth().entered(code, browser, asked.client.ip).await {
        Ok(flow) => redirect(&format!("/oauth2/continue?flow={}", app.oauth().begin_flow(&flow).await?)),
        Err(OAuthError::Refused { .. }) => shown(app, asked, "", Some(StatusCode::BAD_REQUEST)),
        Err(error) => Err(error.into()),
    }
}

fn shown(app: &App, asked: &Asked, code: &str, error: Option<StatusCode>) -> Answer {
    let texts = Texts::of(asked.head.headers());
    let form = Form::of(app, asked.head.headers(), FORM)?;
    let body = page::device(texts, code, error.map(|_| texts.no_code), &[("csrf", &form.csrf)]);
    let status = error.unwrap_or(StatusCode::OK);
    Ok(form.put(Page { status, ..Page::new(texts, texts.device, body) }.answer()))
}
