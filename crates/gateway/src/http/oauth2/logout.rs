//! An app logs a person out (OpenID Connect RP-Initiated Logout).
//!
//! With an ID token of that login the app has shown whose it is; without one the person is asked.

use std::sync::Arc;

use http::{Response, StatusCode};

use super::Asked;
use super::answer::{Answer, Wrong, page, redirect};
use super::person::Person;
use crate::app::App;
use crate::auth::jwt::grant::IdClaims;
use crate::auth::jwt::revocation::Subject;
use crate::auth::oauth2::OAuthError;
use crate::error::Failure;
use crate::http::account;
use crate::http::body::Body;
use crate::http::login::origin;
use crate::http::page::{self, Texts};

/// What the token of the form is of.
const FORM: &str = "logout";

/// Logs out, or asks.
pub(super) async fn logout(app: &Arc<App>, asked: &Asked) -> Answer {
    let issuer = app.oauth().issuer()?;
    let hint = match asked.query.value("id_token_hint") {
        None => None,
        Some(text) => Some(app.tokens.id_claims(text, issuer).ok_or_else(|| {
            app.oauth().refuse("id_token_hint", "");
            OAuthError::request("`id_token_hint` is not an ID token of this provider")
        })?),
    };
    let target = target(app, asked, hint.as_ref()).await?;
    let Some(hint) = hint else {
        let texts = Texts::of(asked.head.headers());
        let Some(person) = Person::of(app, asked.head.headers()).await? else { return done(asked, target) };
        let csrf = app.csrf.token(&form_name(&person));
        let body = page::logout(texts, &[("csrf", &csrf)]);
        return Ok(page(texts, StatusCode::OK, texts.logout, body));
    };
    let begun = app.oauth().begun_by(&hint.sid, &hint.aud).await?;
    for session in begun.iter().chain([&hint.sid]) {
        if let Some(live) = app.tokens.sessions.live(session).await?.filter(|live| live.user == hint.sub) {
            app.tokens.revoke(&Subject::Session(live.id), "logout", &hint.sub).await?;
        }
    }
    done(asked, target).map(cleared)
}

/// Logs out whoever agreed.
pub(super) async fn confirm(app: &Arc<App>, asked: &Asked) -> Answer {
    origin::check(asked.head.headers(), app.csrf.origin())?;
    let Some(person) = Person::of(app, asked.head.headers()).await? else { return done(asked, None) };
    if !app.csrf.is_token(&form_name(&person), asked.form.value("csrf").unwrap_or_default()) {
        app.oauth().refuse("csrf", "");
        return Err(Failure::CrossSite.into());
    }
    app.tokens.revoke(&Subject::Session(person.session.id), "logout", person.user.id.as_str()).await?;
    done(asked, None).map(cleared)
}

/// Where to go then: only where the client of the ID token registered, exactly.
async fn target(app: &App, asked: &Asked, hint: Option<&IdClaims>) -> Result<Option<String>, Wrong> {
    let Some(uri) = asked.query.value("post_logout_redirect_uri") else { return Ok(None) };
    let hint = hint.ok_or_else(|| OAuthError::request("`post_logout_redirect_uri` needs an `id_token_hint`"))?;
    if asked.query.value("client_id").is_some_and(|client| client != hint.aud) {
        return Err(OAuthError::request("`id_token_hint` is another client's").into());
    }
    let client = app.oauth().client(&hint.aud).await;
    if !client.is_ok_and(|client| client.logout_uris.iter().any(|own| own == uri)) {
        app.oauth().refuse("post_logout_redirect_uri", &hint.aud);
        return Err(OAuthError::request("`post_logout_redirect_uri` is not one that this client registered").into());
    }
    let mut to = uri.to_owned();
    if let Some(state) = asked.query.value("state") {
        let mark = if uri.contains('?') { '&' } else { '?' };
        let query = form_urlencoded::Serializer::new(String::new()).append_pair("state", state).finish();
        to.push_str(&format!("{mark}{query}"));
    }
    Ok(Some(to))
}

fn done(asked: &Asked, target: Option<String>) -> Answer {
    match target {
        Some(to) => redirect(&to),
        None => {
            let texts = Texts::of(asked.head.headers());
            Ok(page(texts, StatusCode::OK, texts.logout, page::message(texts.logged_out, None)))
        }
    }
}

fn cleared(mut response: Response<Body>) -> Response<Body> {
    account::clear_cookies(&mut response);
    response
}

fn form_name(person: &Person) -> String {
    format!("{FORM}\n{}", person.session.id)
}
