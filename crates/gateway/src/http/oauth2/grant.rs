//! An app exchanges something for tokens.

use std::sync::Arc;

use http::StatusCode;
use http::header::USER_AGENT;
use serde_json::{Value, json};

use super::Asked;
use super::answer::{Answer, Wrong, json_answer};
use crate::app::App;
use crate::auth::jwt::Issued;
use crate::auth::jwt::binding::{Binding, Confirmation};
use crate::auth::jwt::dpop::Asker;
use crate::auth::jwt::grant::IdClaims;
use crate::auth::jwt::refresh::RefreshError;
use crate::auth::jwt::revocation::Subject;
use crate::auth::oauth2::client::{CODE, CREDENTIALS, Client, DEVICE, EXCHANGE, REFRESH};
use crate::auth::oauth2::code::{Approval, Redemption};
use crate::auth::oauth2::request::asked as asked_scopes;
use crate::auth::oauth2::{OAuthError, scope};
use crate::auth::session::NewSession;
use crate::proxy::authenticate::proved;

/// The life of an ID token: it is looked at once.
const ID_S: i64 = 300;

/// Answers with tokens.
pub(super) async fn token(app: &Arc<App>, asked: &Asked) -> Answer {
    let client = asked.authenticated(app).await?;
    let grant = asked.form.need("grant_type", "`grant_type` is missing")?;
    if !crate::auth::oauth2::client::GRANTS.contains(&grant) {
        return Err(OAuthError::refused("unsupported_grant_type", "this grant is not served").into());
    }
    if !client.may(grant) {
        return Err(OAuthError::refused("unauthorized_client", "this client may not use this grant").into());
    }
    app.oauth().resource(&asked.form)?;
    let body = match grant {
        CODE => by_code(app, asked, &client).await?,
        REFRESH => by_refresh(app, asked, &client).await?,
        CREDENTIALS => by_itself(app, asked, &client).await?,
        DEVICE => by_device(app, asked, &client).await?,
        EXCHANGE => super::exchange::by_token(app, asked, &client).await?,
        _ => Value::Null,
    };
    app.oauth().note_use(&client).await?;
    Ok(json_answer(StatusCode::OK, &body))
}

/// The key that a request proves to hold.
pub(super) async fn proof(app: &App, asked: &Asked, by: Asker<'_>) -> Result<Option<Binding>, Wrong> {
    Ok(proved(app, &asked.head, by).await?)
}

async fn by_code(app: &App, asked: &Asked, client: &Client) -> Result<Value, Wrong> {
    // Only who has a code gets a proof looked at, and a proof that lacks a nonce does not use the code up.
    let code = asked.form.need("code", "`code` is missing")?;
    let is_known = app.oauth().knows_code(code).await?;
    let binding = if is_known { proof(app, asked, Asker::Once(code)).await? } else { None };
    let redeemed = match app.oauth().redeem(client, &asked.form).await? {
        Redemption::Taken(redeemed) => redeemed,
        Redemption::Again(session) => {
            if let Some(session) = session {
                app.tokens.revoke(&Subject::Session(session), "code_reused", &client.id).await?;
            }
            return Err(OAuthError::grant("the code was used before").into());
        }
    };
    let grant = &redeemed.grant;
    if let Some(key) = &grant.dpop_jkt
        && binding.as_ref() != Some(&Binding::Key(key.clone()))
    {
        app.oauth().refuse("code_binding", &client.id);
        return Err(OAuthError::grant("the code is bound to another key").into());
    }
    let issued = begin(app, asked, client, (&grant.approval, binding)).await?;
    if !app.oauth().note_session(&redeemed, &issued.session_id).await? {
        app.tokens.revoke(&Subject::Session(issued.session_id), "code_reused", &client.id).await?;
        return Err(OAuthError::grant("the code was used before").into());
    }
    described(app, client, (&grant.approval, grant.nonce.clone()), &issued).await
}

async fn by_device(app: &App, asked: &Asked, client: &Client) -> Result<Value, Wrong> {
    let code = asked.form.need("device_code", "`device_code` is missing")?;
    // As for a code.
    let binding = if app.oauth().is_approved(code).await? { proof(app, asked, Asker::Once(code)).await? } else { None };
    let approval = app.oauth().poll_device(client, code).await?;
    let issued = begin(app, asked, client, (&approval, binding)).await?;
    described(app, client, (&approval, None), &issued).await
}

async fn by_refresh(app: &App, asked: &Asked, client: &Client) -> Result<Value, Wrong> {
    let token = asked.form.need("refresh_token", "`refresh_token` is missing")?;
    let unknown = || OAuthError::grant("the refresh token is not valid");
    let session = app.tokens.session_of(token).ok_or_else(unknown)?;
    let Some(session) = app.tokens.sessions.live(&session).await? else { return Err(unknown().into()) };
    if session.client != client.id {
        app.oauth().refuse("refresh_of_another_client", &client.id);
        return Err(unknown().into());
    }
    if let Some(asked) = asked.form.value("scope")
        && !scope::covers(&session.scopes, &scope::parse(asked))
    {
        app.oauth().refuse("scope_upgrade", &client.id);
        return Err(OAuthError::refused("invalid_scope", "a refresh does not give more than was granted").into());
    }
    let binding = proof(app, asked, Asker::Holder(&session.id)).await?;
    let issued = app.tokens.refresh(token, binding.as_ref()).await.map_err(|error| match error {
        RefreshError::Refused(_) => unknown().into(),
        RefreshError::Failed(error) => Wrong::from(error),
    })?;
    Ok(plain(&issued, true))
}

async fn by_itself(app: &App, asked: &Asked, client: &Client) -> Result<Value, Wrong> {
    let scopes = asked_scopes(client, &asked.form)?;
    // Nobody logged in, so there is nobody to tell about.
    let scopes: Vec<String> = scopes.into_iter().filter(|scope| !scope::OWN.contains(&scope.as_str())).collect();
    if scopes.is_empty() {
        return Err(OAuthError::refused("invalid_scope", "no scope is left for a client that acts for itself").into());
    }
    let binding = proof(app, asked, Asker::Client(&client.id)).await?;
    let who = (client.id.as_str(), client.tenant.as_str());
    let (access_token, expires_in) = app.tokens.client_token(who, &scopes, binding.as_ref()).await?;
    let token_type = Confirmation::token_type(binding.map(|binding| binding.claim()).as_ref());
    Ok(json!({
        "access_token": access_token,
        "token_type": token_type,
        "expires_in": expires_in,
        "scope": scopes.join(" "),
    }))
}

/// Begins the session of a client, for a person who may still be logged in and whose login is not over.
async fn begin(
    app: &App,
    asked: &Asked,
    client: &Client,
    (approval, binding): (&Approval, Option<Binding>),
) -> Result<Issued, Wrong> {
    let over = || OAuthError::grant("the login that this came from is over");
    let is_live = app.tokens.sessions.live(&approval.login).await?.is_some();
    if !is_live || app.users().epoch(&approval.user).await? != Some(approval.epoch) {
        return Err(over().into());
    }
    let agent = asked.head.headers().get(USER_AGENT).and_then(|value| value.to_str().ok());
    let new = NewSession {
        user: approval.user.clone(),
        tenant: client.tenant.clone(),
        client: client.id.clone(),
        scopes: approval.scopes.clone(),
        amr: approval.amr.clone(),
        acr: approval.acr.clone(),
        binding,
        auth_time: Some(approval.auth_time),
        address: Some(asked.client.ip.to_string()),
        agent: agent.map(str::to_owned),
    };
    let issued = app.tokens.begin(&new, &approval.user).await?;
    // Whoever was kept out in between is kept out of this too.
    if app.users().epoch(&approval.user).await? != Some(approval.epoch) {
        app.tokens.revoke(&Subject::Session(issued.session_id), "user_changed", &approval.user).await?;
        return Err(over().into());
    }
    Ok(issued)
}

async fn described(
    app: &App,
    client: &Client,
    (approval, nonce): (&Approval, Option<String>),
    issued: &Issued,
) -> Result<Value, Wrong> {
    let mut body = plain(issued, client.may(REFRESH));
    if approval.scopes.iter().any(|scope| scope == scope::OPENID) {
        let now = app.clock.now().as_second();
        let claims = IdClaims {
            iss: app.oauth().issuer()?.to_owned(),
            aud: client.id.clone(),
            sub: approval.user.clone(),
            iat: now,
            exp: now + ID_S,
            auth_time: approval.auth_time,
            nonce,
            amr: approval.amr.clone(),
            acr: approval.acr.clone(),
            sid: approval.login.clone(),
            at_hash: None,
        };
        app.oauth().note_login(client, approval).await?;
        body["id_token"] = app.tokens.id_token(claims, &issued.access_token).await?.into();
    }
    Ok(body)
}

fn plain(issued: &Issued, with_refresh: bool) -> Value {
    let mut body = json!({
        "access_token": issued.access_token,
        "token_type": issued.token_type,
        "expires_in": issued.expires_in,
        "scope": issued.scope,
    });
    if with_refresh {
        body["refresh_token"] = issued.refresh_token.as_str().into();
    }
    body
}
