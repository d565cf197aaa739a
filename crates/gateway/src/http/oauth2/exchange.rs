//! An agent gets a token to act for somebody whose token it was given (RFC 8693).
//!
//! Never more than that token allows, never longer, of the same session, and with the agent named in `act`.

use serde_json::{Value, json};

use super::Asked;
use super::answer::Wrong;
use super::grant::proof;
use crate::app::App;
use crate::auth::jwt::TokenError;
use crate::auth::jwt::binding::Confirmation;
use crate::auth::jwt::dpop::Asker;
use crate::auth::oauth2::client::Client;
use crate::auth::oauth2::{OAuthError, scope};

const ACCESS: &str = "urn:ietf:params:oauth:token-type:access_token";

/// Exchanges a token.
pub(super) async fn by_token(app: &App, asked: &Asked, client: &Client) -> Result<Value, Wrong> {
    let form = &asked.form;
    let token = form.need("subject_token", "`subject_token` is missing")?;
    let kinds =
        [Some(form.need("subject_token_type", "`subject_token_type` is missing")?), form.value("requested_token_type")];
    if kinds.iter().flatten().any(|kind| *kind != ACCESS) {
        return Err(OAuthError::request("only access tokens are exchanged, for access tokens").into());
    }
    if form.value("actor_token").is_some() {
        return Err(OAuthError::request("who acts is the client itself: `actor_token` is not served").into());
    }
    let refuse = |why| {
        app.oauth().refuse("exchange", &client.id);
        Wrong::from(OAuthError::grant(why))
    };
    let subject = app.tokens.claims(token).await.filter(|claims| claims.tenant == client.tenant);
    let subject = subject.ok_or_else(|| refuse("`subject_token` is not valid here"))?;
    let binding = proof(app, asked, Asker::Client(&client.id)).await?;
    if let Some(confirmation) = &subject.cnf
        && !binding.as_ref().is_some_and(|proved| confirmation.is_met_by(proved))
    {
        return Err(refuse("`subject_token` is bound to a key that was not proved"));
    }
    let held = scope::parse(&subject.scope);
    let scopes = match form.value("scope") {
        Some(asked) => scope::parse(asked),
        None => held.iter().filter(|scope| client.scopes.contains(scope)).cloned().collect(),
    };
    if scopes.is_empty() || !scope::covers(&held, &scopes) || !scope::covers(&client.scopes, &scopes) {
        app.oauth().refuse("scope_upgrade", &client.id);
        return Err(OAuthError::refused("invalid_scope", "an exchange does not give more than the token allows").into());
    }
    let exchanged = app.tokens.exchanged(&subject, &client.id, (&scopes, binding.as_ref())).await;
    let (access_token, expires_in) = exchanged.map_err(|error| match error {
        TokenError::Invalid(_) => refuse("too many act for each other already"),
        error => error.into(),
    })?;
    Ok(json!({
        "access_token": access_token,
        "issued_token_type": ACCESS,
        "token_type": Confirmation::token_type(binding.map(|binding| binding.claim()).as_ref()),
        "expires_in": expires_in,
        "scope": scopes.join(" "),
    }))
}
