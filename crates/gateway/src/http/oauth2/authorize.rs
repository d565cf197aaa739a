//! An app asks a person: by the browser, or ahead of it (RFC 9126).

use std::sync::Arc;

use http::StatusCode;
use serde_json::json;

use super::Asked;
use super::answer::{Answer, Wrong, back, code, json_answer};
use super::grant::proof;
use super::interact::proceed;
use crate::app::App;
use crate::auth::jwt::binding::Binding;
use crate::auth::jwt::dpop::Asker;
use crate::auth::oauth2::OAuthError;
use crate::auth::oauth2::flow::{Flow, PUSHED_S};
use crate::auth::oauth2::request::{Fault, Request};
use crate::http::site;

/// Begins what a person is asked.
pub(super) async fn authorize(app: &Arc<App>, asked: &Asked) -> Answer {
    let request = match requested(app, asked).await {
        Ok(request) => request,
        Err(Fault::Page(error)) => return Err(error.into()),
        Err(Fault::Back { redirect_uri, state, error }) => {
            let why = error.to_string();
            let answer = [("error", code(&error)), ("error_description", why.as_str())];
            return back(&redirect_uri, app.oauth().issuer()?, state.as_deref(), &answer);
        }
    };
    let flow = Flow::Code(request);
    let id = app.oauth().begin_flow(flow.clone())?;
    if site::is_led_here(asked.head.headers()) {
        return Ok(site::lead_on(asked.head.headers(), format!("/oauth2/continue?flow={id}")));
    }
    proceed(app, asked, &id, flow).await
}

async fn requested(app: &App, asked: &Asked) -> Result<Request, Fault> {
    let params = &asked.query;
    match (params.value("request_uri"), params.value("client_id")) {
        (Some(uri), Some(client)) if uri.starts_with("urn:") => {
            app.oauth().pushed(uri, client).await.map_err(Fault::Page)
        }
        _ => Ok(app.oauth().request(params, asked.client.ip).await?.1),
    }
}

/// Keeps a request for the browser that comes.
pub(super) async fn push(app: &Arc<App>, asked: &Asked) -> Answer {
    let client = asked.authenticated(app).await?;
    if asked.form.value("client_id").is_some_and(|id| id != client.id) {
        return Err(OAuthError::request("the request is of another client").into());
    }
    // The client is known, so that every fault may be said to it.
    let mut request = match app.oauth().request(&asked.form.with("client_id", &client.id), asked.client.ip).await {
        Ok((_, request)) => request,
        Err(Fault::Page(error) | Fault::Back { error, .. }) => return Err(error.into()),
    };
    let address = app.oauth().name_of(asked.client.ip);
    let by = if client.is_confidential() { Asker::Client(&client.id) } else { Asker::Stranger(&address) };
    if let Some(Binding::Key(key)) = proof(app, asked, by).await? {
        if request.dpop_jkt.as_ref().is_some_and(|named| *named != key) {
            return Err(Wrong::OAuth(OAuthError::request("`dpop_jkt` is not the key of the proof")));
        }
        request.dpop_jkt = Some(key);
    }
    let uri = app.oauth().push(&client, &request, asked.client.ip).await?;
    Ok(json_answer(StatusCode::CREATED, &json!({ "request_uri": uri, "expires_in": PUSHED_S })))
}
