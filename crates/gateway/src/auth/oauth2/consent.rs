//! What people let clients do, remembered until they change their mind.

use serde::Serialize;

use super::{OAuthError, Provider, scope, store};
use crate::event::catalogue;

/// What a person lets a client do.
#[derive(Debug, Clone, Serialize)]
pub struct Consent {
    /// The client.
    pub client: String,
    /// What.
    pub scopes: Vec<String>,
    /// Since when, in seconds since 1970.
    pub created_at: i64,
}

impl Provider {
    /// Whether a person has let a client do all of this.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn has_consent(&self, user: &str, client: &str, scopes: &[String]) -> Result<bool, OAuthError> {
        let known = self.consents(user).await?;
        Ok(known.iter().any(|consent| consent.client == client && scope::covers(&consent.scopes, scopes)))
    }

    /// Remembers that a person lets a client do this.
    ///
    /// # Errors
    /// When it cannot be recorded or stored.
    pub async fn consent(
        &self,
        (user, tenant): (&str, &str),
        client: &str,
        scopes: &[String],
    ) -> Result<(), OAuthError> {
        let now = self.clock.now();
        let event = catalogue::oauth_consent(catalogue::OAUTH_CONSENT_GRANTED, now, client, scopes);
        self.record(event, tenant, user).await?;
        Ok(store::consent::put(&self.db, (user, client), scopes, now.as_second()).await?)
    }

    /// What a person lets clients do.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn consents(&self, user: &str) -> Result<Vec<Consent>, OAuthError> {
        Ok(store::consent::of(&self.db, user).await?)
    }

    /// Leaves a client no more than `keep` of what a person let it do; forgets the consent when that is nothing. Says
    /// whether there was more before. The caller ends the sessions of that client.
    ///
    /// # Errors
    /// When it cannot be recorded or stored.
    pub async fn narrow(
        &self,
        (user, tenant): (&str, &str),
        client: &str,
        keep: &[String],
    ) -> Result<bool, OAuthError> {
        let known = self.consents(user).await?.into_iter().find(|consent| consent.client == client);
        let Some(Consent { scopes: before, created_at, .. }) = known else { return Ok(false) };
        let left: Vec<String> = before.iter().filter(|scope| keep.contains(scope)).cloned().collect();
        if left == before {
            return Ok(false);
        }
        let gone: Vec<String> = before.into_iter().filter(|scope| !left.contains(scope)).collect();
        let event = catalogue::oauth_consent(catalogue::OAUTH_CONSENT_REVOKED, self.clock.now(), client, &gone);
        self.record(event, tenant, user).await?;
        if left.is_empty() {
            return Ok(store::consent::delete(&self.db, user, client).await?);
        }
        store::consent::put(&self.db, (user, client), &left, created_at).await?;
        Ok(true)
    }
}
