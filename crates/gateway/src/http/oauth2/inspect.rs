//! Tokens looked at and given up.

use std::sync::Arc;

use http::StatusCode;
use serde_json::{Value, json};

use super::Asked;
use super::answer::{Answer, json_answer};
use crate::app::App;
use crate::auth::jwt::binding::Confirmation;
use crate::auth::jwt::revocation::Subject;
use crate::auth::oauth2::{OAuthError, scope};
use crate::data::access::{Action, Denied, Reason};
use crate::error::Failure;
use crate::proxy::authenticate::authenticate;

/// Revokes a token of the client that asks (RFC 7009), and the session it belongs to.
pub(super) async fn revoke(app: &Arc<App>, asked: &Asked) -> Answer {
    let client = asked.authenticated(app).await?;
    let token = asked.form.need("token", "`token` is missing")?;
    let foreign = || {
        app.oauth().refuse("revocation_of_another_client", &client.id);
        OAuthError::refused("unauthorized_client", "the token is another client's")
    };
    if let Some(claims) = app.tokens.claims(token).await {
        if claims.client_id != client.id {
            return Err(foreign().into());
        }
        app.tokens.revoke_claims(&claims, &client.id).await?;
    } else if let Some(session) = app.tokens.session_of(token)
        && let Some(session) = app.tokens.sessions.live(&session).await?
    {
        if session.client != client.id {
            return Err(foreign().into());
        }
        app.tokens.revoke(&Subject::Session(session.id), "revoked by its client", &client.id).await?;
    }
    // What is not known is revoked already.
    Ok(json_answer(StatusCode::OK, &json!({})))
}

/// Says what a token is, to a confidential client of the same tenant (RFC 7662).
pub(super) async fn introspect(app: &Arc<App>, asked: &Asked) -> Answer {
    let client = asked.authenticated(app).await?;
    if !client.is_confidential() {
        return Err(OAuthError::refused("invalid_client", "only confidential clients may ask about tokens").into());
    }
    let token = asked.form.need("token", "`token` is missing")?;
    let unknown = json!({ "active": false });
    if let Some(claims) = app.tokens.claims(token).await {
        if claims.tenant != client.tenant {
            app.oauth().refuse("introspection_of_another_tenant", &client.id);
            return Ok(json_answer(StatusCode::OK, &unknown));
        }
        let token_type = Confirmation::token_type(claims.cnf.as_ref());
        let mut body = serde_json::to_value(&claims).unwrap_or(Value::Null);
        if let Some(body) = body.as_object_mut() {
            // What only this gateway has to know.
            body.retain(|name, _| name != "rc" && name != "ep");
            body.insert("active".to_owned(), true.into());
            body.insert("token_type".to_owned(), token_type.into());
        }
        return Ok(json_answer(StatusCode::OK, &body));
    }
    let session = app.tokens.refresh_session(token).await?;
    let body = match session.filter(|session| session.tenant == client.tenant && session.client == client.id) {
        Some(session) => json!({
            "active": true,
            "client_id": session.client,
            "sub": session.user,
            "scope": session.scopes.join(" "),
            "exp": session.ends_at.as_second(),
        }),
        None => unknown,
    };
    Ok(json_answer(StatusCode::OK, &body))
}

/// Says who logged in (OpenID Connect Core, 5.3), as far as they let the client know.
pub(super) async fn user_info(app: &Arc<App>, asked: &Asked) -> Answer {
    let identity = authenticate(app, &asked.head).await?;
    if identity.session.is_none() {
        return Err(Failure::NotAPerson.into());
    }
    if !identity.has_scope(scope::OPENID) {
        let reason = Reason::Scope(scope::OPENID);
        return Err(Failure::Denied(Denied { action: Action::UserRead, reason, policies: Vec::new() }).into());
    }
    let mut body = json!({ "sub": identity.actor });
    let user = app.users().show(&identity.actor).await?;
    if identity.has_scope(scope::PROFILE) {
        body["name"] = user.name.as_str().into();
    }
    if let Some(email) = user.email.filter(|_| identity.has_scope(scope::EMAIL)) {
        body["email"] = email.into();
        body["email_verified"] = user.verified_at.is_some().into();
    }
    Ok(json_answer(StatusCode::OK, &body))
}
