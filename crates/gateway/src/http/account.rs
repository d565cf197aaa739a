//! What a person does with their own tokens and sessions, and the keys that others verify tokens with.
//!
//! A credential in a header is taken before cookies, and then cookies are not looked at. Where a cookie says who asks, the
//! check against forged requests comes before anything is done.

use std::sync::Arc;
use std::time::Duration;

use http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, HOST, SET_COOKIE};
use http::{HeaderName, HeaderValue, Request, Response};
use hyper::body::Incoming;
use serde::Deserialize;
use serde_json::{Value, json};
use wire::Dialect;

use super::body::{Body, full, read};
use super::factor;
use crate::app::App;
use crate::auth::jwt::dpop::Asker;
use crate::auth::jwt::refresh::RefreshError;
use crate::auth::jwt::refresh::rule::Refusal;
use crate::auth::jwt::revocation::Subject;
use crate::auth::jwt::{Issued, TokenError};
use crate::auth::mfa::Level;
use crate::auth::oauth2::client;
use crate::auth::{Identity, cookie};
use crate::error::{Failure, stamp};
use crate::proxy::authenticate::{authenticate, authenticate_cookie, has_credential, proved};

const BODY_BYTES_MAX: usize = 4 * 1024;
const BODY_TIMEOUT: Duration = Duration::from_secs(10);
/// Makes a browser forget what it holds of this site.
const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");

/// The handlers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handler {
    /// The public keys.
    Keys,
    /// Exchange a refresh token.
    Refresh,
    /// End this session.
    Logout,
    /// One's own sessions.
    ListSessions,
    /// End one of them.
    EndSession,
}

type Answer = Result<Response<Body>, Failure>;

/// Answers a request.
pub(super) async fn handle(
    app: Arc<App>,
    handler: Handler,
    id: Option<String>,
    mut request: Request<Incoming>,
) -> Response<Body> {
    name_host(&mut request);
    let request_id = app.new_id();
    let answer = match handler {
        Handler::Keys => keys(&app).await,
        Handler::Refresh => refresh(&app, request).await,
        Handler::Logout => logout(&app, &request).await,
        Handler::ListSessions => list(&app, &request).await,
        Handler::EndSession => end(&app, &request, id.unwrap_or_default()).await,
    };
    match answer {
        Ok(mut response) => {
            stamp(&mut response, &request_id);
            response
        }
        Err(failure) => failure.answer(Dialect::OpenAi, &request_id),
    }
}

/// HTTP/2 says the host beside the headers.
pub(super) fn name_host(request: &mut Request<Incoming>) {
    let authority = request.uri().authority().and_then(|own| HeaderValue::from_str(own.as_str()).ok());
    if let (None, Some(authority)) = (request.headers().get(HOST), authority) {
        request.headers_mut().insert(HOST, authority);
    }
}

/// The public keys. Others may keep them for as long as a new one is published before it signs.
async fn keys(app: &App) -> Answer {
    let set = app.tokens.keys.jwks().await.map_err(unavailable)?;
    let mut response = answer(&set);
    let age = format!("public, max-age={}", app.tokens.keys.cache_s());
    if let Ok(age) = HeaderValue::from_str(&age) {
        response.headers_mut().insert(CACHE_CONTROL, age);
    }
    Ok(response)
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Grant {
    refresh_token: Option<String>,
}

/// Exchanges a refresh token from the body, or from the cookie.
async fn refresh(app: &App, request: Request<Incoming>) -> Answer {
    let (parts, body) = request.into_parts();
    let head = Request::from_parts(parts.clone(), ());
    let bytes = read(Request::from_parts(parts, body), BODY_BYTES_MAX, BODY_TIMEOUT).await?;
    let grant: Grant = match bytes.is_empty() {
        true => Grant::default(),
        false => serde_json::from_slice(&bytes)
            .map_err(|_| Failure::Request("the body: must be `{\"refresh_token\": \"…\"}`, or empty with a cookie"))?,
    };
    if let Some(token) = grant.refresh_token {
        let session = genuine(app, &token).await?;
        let binding = proved(app, &head, Asker::Holder(&session)).await?;
        let issued = app.tokens.refresh(&token, binding.as_ref()).await.map_err(|error| not_refreshed(app, error))?;
        return Ok(answer(&json!(issued)));
    }
    let headers = head.headers();
    let cookie = cookie::value(headers, cookie::REFRESH).filter(|_| !headers.contains_key(AUTHORIZATION));
    let token = cookie.ok_or(Failure::Grant(Refusal::Malformed))?;
    let session = genuine(app, token).await?;
    app.csrf.check(head.method(), headers, &session)?;
    let binding = proved(app, &head, Asker::Holder(&session)).await?;
    match app.tokens.refresh(token, binding.as_ref()).await.map_err(|error| not_refreshed(app, error)) {
        Ok(issued) => Ok(with_cookies(app, &issued)),
        Err(failure @ Failure::Grant(_)) => {
            let mut response = failure.answer(Dialect::OpenAi, &app.new_id());
            put(&mut response, cookie::clear());
            Ok(response)
        }
        Err(failure) => Err(failure),
    }
}

/// The session of a token that is ours. Only who has one gets a proof looked at, and remembered. What an app of the OAuth
/// provider holds is exchanged at `/oauth2/token`, where the app proves itself.
async fn genuine(app: &App, token: &str) -> Result<String, Failure> {
    let refused = |refusal| not_refreshed(app, RefreshError::Refused(refusal));
    let session = app.tokens.session_of(token).ok_or_else(|| refused(Refusal::Malformed))?;
    match is_of_app(app, &session).await.map_err(unavailable)? {
        true => Err(refused(Refusal::Unknown)),
        false => Ok(session),
    }
}

/// Whether a session is that of an app of the OAuth provider.
pub(super) async fn is_of_app(app: &App, session: &str) -> Result<bool, TokenError> {
    let live = app.tokens.sessions.live(session).await?;
    Ok(live.is_some_and(|session| client::is_app(&session.client)))
}

/// Tokens in cookies, and none of them in the body, where page script could read them.
fn with_cookies(app: &App, issued: &Issued) -> Response<Body> {
    let mut response = answer(&described(issued));
    put_cookies(app, &mut response, issued);
    response
}

/// What a page may know of its tokens.
pub(super) fn described(issued: &Issued) -> Value {
    json!({
        "expires_in": issued.expires_in,
        "refresh_expires_in": issued.refresh_expires_in,
        "scope": issued.scope,
        "session_id": issued.session_id,
    })
}

/// Sets the cookies of a session.
pub(super) fn put_cookies(app: &App, response: &mut Response<Body>, issued: &Issued) {
    let access = (issued.access_token.as_str(), issued.expires_in);
    let refresh = (issued.refresh_token.as_str(), issued.refresh_expires_in);
    put(response, cookie::set(access, refresh, &app.csrf.token(&issued.session_id)));
}

/// Ends the session that asks: by its access token, or by its refresh cookie, which lives longer.
async fn logout(app: &App, request: &Request<Incoming>) -> Answer {
    let headers = request.headers();
    let by_cookie = cookie::value(headers, cookie::REFRESH).filter(|_| !has_credential(headers));
    let (session, actor) = match by_cookie {
        Some(token) => {
            let session = app.tokens.session_of(token).ok_or(Failure::Unauthenticated)?;
            app.csrf.check(request.method(), headers, &session)?;
            let owner = app.tokens.sessions.owner(&session).await.map_err(|_| Failure::Unauthenticated)?;
            (session, owner)
        }
        None => {
            let identity = person(app, request).await?;
            (identity.session.clone().unwrap_or_default(), identity.actor.clone())
        }
    };
    app.tokens.revoke(&Subject::Session(session.clone()), "logout", &actor).await.map_err(unavailable)?;
    let mut response = answer(&json!({ "ended": session }));
    clear_cookies(&mut response);
    Ok(response)
}

/// One's own sessions.
async fn list(app: &App, request: &Request<Incoming>) -> Answer {
    let identity = person(app, request).await?;
    let sessions = app.tokens.list(Some(&identity.actor)).await.map_err(unavailable)?;
    Ok(answer(&json!({ "current": identity.session, "sessions": sessions })))
}

/// Ends one of one's own sessions. Another person's does not exist for whom it is not.
async fn end(app: &App, request: &Request<Incoming>, id: String) -> Answer {
    let identity = person(app, request).await?;
    let owner = app.tokens.sessions.owner(&id).await;
    match owner {
        Ok(owner) if owner == identity.actor => {}
        Ok(_) | Err(TokenError::Missing(_)) => return Err(Failure::NoSession),
        Err(error) => return Err(unavailable(error)),
    }
    if identity.session.as_deref() != Some(id.as_str()) {
        factor::demand(app, &identity, Some(Level::One)).await?;
    }
    let subject = Subject::Session(id.clone());
    app.tokens.revoke(&subject, "ended by its owner", &identity.actor).await.map_err(unavailable)?;
    Ok(answer(&json!({ "ended": id })))
}

/// The person who asks, by an access token in a header or a cookie. An app that acts for a person is not the person.
pub(super) async fn person<B>(app: &App, request: &Request<B>) -> Result<Arc<Identity>, Failure> {
    let headers = request.headers();
    let is_person = |identity: &Identity| {
        let is_app = identity.app.as_deref().is_some_and(client::is_app);
        identity.session.is_some() && !is_app
    };
    if has_credential(headers) {
        let identity = authenticate(app, request).await?;
        return if is_person(&identity) { Ok(identity) } else { Err(Failure::NotAPerson) };
    }
    let token = cookie::value(headers, cookie::ACCESS).ok_or(Failure::Unauthenticated)?;
    let identity = authenticate_cookie(app, token).await?;
    if !is_person(&identity) {
        return Err(Failure::NotAPerson);
    }
    app.csrf.check(request.method(), headers, identity.session.as_deref().unwrap_or_default())?;
    Ok(identity)
}

fn not_refreshed(app: &App, error: RefreshError) -> Failure {
    match error {
        RefreshError::Refused(refusal) => {
            app.metrics.reject(refusal.name());
            Failure::Grant(refusal)
        }
        RefreshError::Failed(error) => unavailable(error),
    }
}

pub(super) fn unavailable(error: TokenError) -> Failure {
    tracing::error!(error = &error as &dyn std::error::Error, "tokens or sessions could not be read or written");
    Failure::TokensUnavailable
}

/// Makes a browser forget its session.
pub(super) fn clear_cookies(response: &mut Response<Body>) {
    response.headers_mut().insert(CLEAR_SITE_DATA, HeaderValue::from_static("\"cookies\", \"storage\", \"cache\""));
    put(response, cookie::clear());
}

fn put(response: &mut Response<Body>, cookies: [Option<HeaderValue>; 3]) {
    for line in cookies.into_iter().flatten() {
        response.headers_mut().append(SET_COOKIE, line);
    }
}

fn answer(body: &Value) -> Response<Body> {
    let mut response = Response::new(full(body.to_string()));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
