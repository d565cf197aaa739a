//! Who sits at the browser, and what they let apps do.

use std::sync::Arc;

use http::{HeaderMap, Response, StatusCode};
use serde_json::json;

use super::Asked;
use super::answer::{Answer, Wrong, json_answer};
use crate::app::App;
use crate::auth::cookie;
use crate::auth::jwt::Issued;
use crate::auth::jwt::revocation::Subject;
use crate::auth::session::SessionInfo;
use crate::auth::user::{Status, UserError, UserInfo};
use crate::error::Failure;
use crate::http::account;
use crate::http::body::Body;
use crate::http::login::CLIENT;
use crate::proxy::authenticate::authenticate_cookie;

/// Somebody who is logged in here.
pub(in crate::http) struct Person {
    pub(in crate::http) session: SessionInfo,
    pub(in crate::http) user: UserInfo,
    /// Tokens that were renewed on the way.
    renewed: Option<Issued>,
}

impl Person {
    /// Who the cookies of a browser prove, if anybody.
    pub(in crate::http) async fn of(app: &App, headers: &HeaderMap) -> Result<Option<Self>, Wrong> {
        let mut renewed = None;
        let by_access = match cookie::value(headers, cookie::ACCESS) {
            Some(token) => authenticate_cookie(app, token).await.ok().and_then(|identity| identity.session.clone()),
            None => None,
        };
        let session = match (by_access, cookie::value(headers, cookie::REFRESH)) {
            (Some(session), _) => session,
            // Whose it is first: an app's token is not moved on here.
            (None, Some(token)) => match app.tokens.session_of(token) {
                Some(session) if !account::is_of_app(app, &session).await? => {
                    match app.tokens.refresh(token, None).await {
                        Ok(issued) => renewed.insert(issued).session_id.clone(),
                        Err(_) => return Ok(None),
                    }
                }
                _ => return Ok(None),
            },
            (None, None) => return Ok(None),
        };
        // Only a login at this site counts: the token of an app is nobody's login.
        let live = app.tokens.sessions.live(&session).await?.filter(|session| session.client == CLIENT);
        let Some(session) = live else { return Ok(None) };
        match app.users().show(&session.user).await {
            Ok(user) if user.status == Status::Active => Ok(Some(Self { session, user, renewed })),
            Ok(_) | Err(UserError::Missing { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Sets the cookies that were renewed on the way.
    pub(in crate::http) fn remember(&self, app: &App, response: &mut Response<Body>) {
        if let Some(issued) = &self.renewed {
            account::put_cookies(app, response, issued);
        }
    }

    /// How the person is called on a page.
    pub(in crate::http) fn name(&self) -> &str {
        self.user.email.as_deref().unwrap_or(&self.user.name)
    }
}

/// What one let apps do.
pub(super) async fn list_consents(app: &Arc<App>, asked: &Asked) -> Answer {
    let identity = account::person(app, &asked.head).await?;
    let consents = app.oauth().consents(&identity.actor).await?;
    Ok(json_answer(StatusCode::OK, &json!({ "consents": consents })))
}

/// Changes one's mind about an app: its sessions end.
pub(super) async fn end_consent(app: &Arc<App>, asked: &Asked, client: &str) -> Answer {
    let identity = account::person(app, &asked.head).await?;
    if !narrow(app, (&identity.actor, &identity.tenant), client, &[]).await? {
        return Err(Failure::NoSession.into());
    }
    Ok(json_answer(StatusCode::OK, &json!({ "ended": client })))
}

/// Leaves an app no more than some scopes, or nothing, and ends its sessions; says whether that changed something.
pub(in crate::http) async fn narrow(
    app: &App,
    (user, tenant): (&str, &str),
    client: &str,
    keep: &[String],
) -> Result<bool, Wrong> {
    if !app.oauth().narrow((user, tenant), client, keep).await? {
        return Ok(false);
    }
    for session in app.tokens.list(Some(user)).await?.iter().filter(|session| session.client == client) {
        app.tokens.revoke(&Subject::Session(session.id.clone()), "consent withdrawn", user).await?;
    }
    Ok(true)
}
