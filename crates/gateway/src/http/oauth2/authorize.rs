//! An app asks a person: by the browser, or ahead of it (RFC 9126).

use std::sync::Arc;

use http::StatusCode;
use serde_json::json;

use super::Asked;
use super::answer::{Answer, Wrong, back, code, json_answer};
use super::interact::proceed;
use crate::app::App;
use crate::auth::cookie;
use crate::auth::oauth2::OAuthError;
use crate::auth::oauth2::flow::{Flow, PUSHED_S};
use crate::auth::oauth2::request::{Fault, Request};
use crate::http::page::{Page, Texts, onward};

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
    let id = app.oauth().begin_flow(&flow).await?;
    let headers = asked.head.headers();
    let site = headers.get("sec-fetch-site").and_then(|site| site.to_str().ok());
    let has_cookie = [cookie::ACCESS, cookie::REFRESH].iter().any(|name| cookie::value(headers, name).is_some());
    if matches!(site, Some("cross-site" | "same-site")) && !has_cookie {
        // The cookies of a session stay at home when another site leads here; they come once our own page leads on.
        let texts = Texts::of(headers);
        let next = format!("/oauth2/continue?flow={id}");
        let body = onward(texts, &next);
        let page = Page { status: StatusCode::OK, texts, title: texts.login, body, leads_to: None, next: Some(next) };
        return Ok(page.answer());
    }
    proceed(app, asked, &id, flow).await
}

async fn requested(app: &App, asked: &Asked) -> Result<Request, Fault> {
    let params = &asked.query;
    match (params.value("request_uri"), params.value("client_id")) {
        (Some(uri), Some(client)) if uri.starts_with("urn:") => {
            app.oauth().pushed(uri, client).await.map_err(Fault::Page)
        }
        _ => Ok(app.oauth().request(params).await?.1),
    }
}

/// Keeps a request for the browser that comes.
pub(super) async fn push(app: &Arc<App>, asked: &Asked) -> Answer {
    let client = asked.authenticated(app).await?;
    if asked.form.value("client_id").is_some_and(|id| id != client.id) {
        return Err(OAuthError::request("the request is of another client").into());
    }
    // The client is known, so that every fault may be said to it.
    let mut request = match app.oauth().request(&asked.form.with("client_id", &client.id)).await {
        Ok((_, request)) => request,
        Err(Fault::Page(error) | Fault::Back { error, .. }) => return Err(error.into()),
    };
    if let Some(crate::auth::jwt::binding::Binding::Key(key)) = super::grant::proof(app, asked).await? {
        if request.dpop_jkt.as_ref().is_some_and(|named| *named != key) {
            return Err(Wrong::OAuth(OAuthError::request("`dpop_jkt` is not the key of the proof")));
        }
        request.dpop_jkt = Some(key);
    }
    let uri = app.oauth().push(&request).await?;
    Ok(json_answer(StatusCode::CREATED, &json!({ "request_uri": uri, "expires_in": PUSHED_S })))
}
