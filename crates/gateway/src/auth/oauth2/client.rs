//! Clients: programs that people let act for them, registered by an operator.
//!
//! A secret is `pcs_` and 43 random characters, shown once and stored as a keyed hash. A public client has none, and
//! every client proves with PKCE that a code is its own.

use aws_lc_rs::hmac;
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use std::net::IpAddr;

use super::error::OAuthError;
use super::{Provider, redirect, scope, store};
use crate::auth::random::base62;
use crate::event::catalogue;

/// Failed authentications of one address before the next failure is told to wait.
const FAILURES_AN_ADDRESS: u32 = 20;
const URIS_MAX: usize = 16;
const NAME_CHARS_MAX: usize = 64;

/// How a client proves itself at the token endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Method {
    /// It cannot: a public client.
    #[serde(rename = "none")]
    None,
    /// With its secret in `Authorization: Basic`.
    #[serde(rename = "client_secret_basic")]
    Basic,
    /// With its secret in the form.
    #[serde(rename = "client_secret_post")]
    Post,
}

/// A registered client.
#[derive(Debug, Clone, Serialize)]
pub struct Client {
    /// Its id.
    pub id: String,
    /// Whose it is: only people of this tenant can use it.
    pub tenant: String,
    /// Its name, which people see.
    pub name: String,
    /// How it proves itself.
    pub auth_method: Method,
    /// Where answers may go.
    pub redirect_uris: Vec<String>,
    /// Where people may be sent after a logout.
    pub logout_uris: Vec<String>,
    /// What it may exchange for tokens.
    pub grants: Vec<String>,
    /// What it may ask for.
    pub scopes: Vec<String>,
    /// When it was registered.
    pub created_at: Timestamp,
}

/// A client to be registered.
#[derive(Debug, Clone)]
pub struct NewClient {
    /// Whose.
    pub tenant: String,
    /// Its name.
    pub name: String,
    /// How it proves itself.
    pub auth_method: Method,
    /// Where answers may go.
    pub redirect_uris: Vec<String>,
    /// Where people may be sent after a logout.
    pub logout_uris: Vec<String>,
    /// What it may exchange for tokens.
    pub grants: Vec<String>,
    /// What it may ask for.
    pub scopes: Vec<String>,
}

/// A client and its secret. Shown once.
#[derive(Serialize)]
pub struct Registered {
    /// The client.
    #[serde(flatten)]
    pub client: Client,
    /// Its secret, when it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<String>,
}

/// What a client shows of itself.
#[derive(Debug)]
pub struct Shown {
    /// Which one.
    pub id: String,
    /// How.
    pub method: Method,
    /// Its secret.
    pub secret: Option<SecretString>,
}

/// What the ids of clients begin with: no other client of a session has such a name.
pub const PREFIX: &str = "oac_";
/// A code, with PKCE.
pub const CODE: &str = "authorization_code";
/// A refresh token.
pub const REFRESH: &str = "refresh_token";
/// The client itself.
pub const CREDENTIALS: &str = "client_credentials";
/// A device code (RFC 8628).
pub const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// A token of somebody whom the client acts for (RFC 8693).
pub const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
/// Everything that can be exchanged for tokens.
pub const GRANTS: [&str; 5] = [CODE, REFRESH, CREDENTIALS, DEVICE, EXCHANGE];

impl Method {
    /// Its registered name.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Basic => "client_secret_basic",
            Self::Post => "client_secret_post",
        }
    }

    /// The method of this name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::None, Self::Basic, Self::Post].into_iter().find(|method| method.name() == name)
    }
}

impl Client {
    /// Whether it may use a grant.
    pub fn may(&self, grant: &str) -> bool {
        self.grants.iter().any(|own| own == grant)
    }

    /// Whether it keeps a secret.
    pub fn is_confidential(&self) -> bool {
        self.auth_method != Method::None
    }
}

impl Provider {
    /// Registers a client, because `actor` says so.
    ///
    /// # Errors
    /// When a field breaks a rule, or the client cannot be recorded or stored.
    pub async fn create_client(&self, new: NewClient, actor: &str) -> Result<Registered, OAuthError> {
        check(&new)?;
        let client = Client {
            id: format!("{PREFIX}{}", base62(22)?),
            tenant: new.tenant,
            name: new.name,
            auth_method: new.auth_method,
            redirect_uris: new.redirect_uris,
            logout_uris: new.logout_uris,
            grants: new.grants,
            scopes: new.scopes,
            created_at: self.clock.now(),
        };
        let client_secret = if client.is_confidential() { Some(secret()?) } else { None };
        let hash = client_secret.as_deref().map(|secret| self.hash("client-secret", secret));
        let event = catalogue::oauth_client_changed(catalogue::OAUTH_CLIENT_CREATED, client.created_at, &client.id);
        self.record(event, &client.tenant, actor).await?;
        store::client::insert(&self.db, &client, hash.as_deref()).await?;
        Ok(Registered { client, client_secret })
    }

    /// All clients, oldest first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn clients(&self) -> Result<Vec<Client>, OAuthError> {
        let all = store::client::all(&self.db).await?;
        Ok(all.into_iter().map(|stored| stored.client).collect())
    }

    /// One client.
    ///
    /// # Errors
    /// When there is none, or the store fails.
    pub async fn client(&self, id: &str) -> Result<Client, OAuthError> {
        Ok(self.stored_client(id).await?.client)
    }

    /// Removes a client. The caller revokes its tokens.
    ///
    /// # Errors
    /// When there is none, or the change cannot be recorded or stored.
    pub async fn delete_client(&self, id: &str, actor: &str) -> Result<(), OAuthError> {
        let client = self.client(id).await?;
        let event = catalogue::oauth_client_changed(catalogue::OAUTH_CLIENT_DELETED, self.clock.now(), id);
        self.record(event, &client.tenant, actor).await?;
        Ok(store::client::delete(&self.db, id).await?)
    }

    /// Gives a client another secret; the old one ends at once.
    ///
    /// # Errors
    /// When there is none, it is public, or the change cannot be recorded or stored.
    pub async fn rotate_secret(&self, id: &str, actor: &str) -> Result<Registered, OAuthError> {
        let client = self.client(id).await?;
        if !client.is_confidential() {
            return Err(OAuthError::Invalid(format!("the client `{}` is public: it has no secret", client.id)));
        }
        let secret = secret()?;
        let event = catalogue::oauth_client_changed(catalogue::OAUTH_CLIENT_ROTATED, self.clock.now(), id);
        self.record(event, &client.tenant, actor).await?;
        store::client::set_secret(&self.db, id, &self.hash("client-secret", &secret)).await?;
        Ok(Registered { client, client_secret: Some(secret) })
    }

    /// Says which client this is. Failures of an address are counted, and then further ones are told to wait. A right secret
    /// never waits: it cannot be guessed, and whoever shares an address with an attacker is not kept out.
    ///
    /// # Errors
    /// When it is not the client it says.
    pub async fn authenticate(&self, shown: &Shown, ip: IpAddr) -> Result<Client, OAuthError> {
        let found = match self.stored_client(&shown.id).await {
            Ok(stored) => Some(stored),
            Err(OAuthError::Missing(_)) => None,
            Err(error) => return Err(error),
        };
        if let Some(stored) = found.filter(|stored| self.is_proved(stored, shown)) {
            return Ok(stored.client);
        }
        self.refuse("client_authentication", "");
        self.throttle.count_address("oauth-client", ip, FAILURES_AN_ADDRESS).await?;
        Err(OAuthError::refused("invalid_client", "the client is unknown or did not prove itself as registered"))
    }

    fn is_proved(&self, stored: &store::client::Stored, shown: &Shown) -> bool {
        if stored.client.auth_method != shown.method {
            return false;
        }
        match (&stored.secret_hash, &shown.secret) {
            (None, None) => shown.method == Method::None,
            // Compared in constant time.
            (Some(hash), Some(secret)) => self.is_hash_of(hash, "client-secret", secret.expose_secret()),
            _ => false,
        }
    }

    async fn stored_client(&self, id: &str) -> Result<store::client::Stored, OAuthError> {
        let shown = || OAuthError::Missing(id.chars().filter(char::is_ascii_graphic).take(64).collect());
        store::client::one(&self.db, id).await?.ok_or_else(shown)
    }

    /// A keyed hash for one purpose.
    pub(super) fn hash(&self, purpose: &str, text: &str) -> Vec<u8> {
        hmac::sign(&self.hasher, format!("{purpose}\n{text}").as_bytes()).as_ref().to_vec()
    }

    fn is_hash_of(&self, hash: &[u8], purpose: &str, text: &str) -> bool {
        hmac::verify(&self.hasher, format!("{purpose}\n{text}").as_bytes(), hash).is_ok()
    }
}

fn secret() -> Result<String, OAuthError> {
    Ok(format!("pcs_{}", base62(43)?))
}

fn check(new: &NewClient) -> Result<(), OAuthError> {
    let invalid = |text: String| Err(OAuthError::Invalid(text));
    let count = new.name.chars().count();
    if new.name.trim().is_empty() || count > NAME_CHARS_MAX || new.name.chars().any(char::is_control) {
        return invalid(format!("--name: must have 1 to {NAME_CHARS_MAX} characters, none of them a control"));
    }
    if new.redirect_uris.len() > URIS_MAX || new.logout_uris.len() > URIS_MAX {
        return invalid(format!("--redirect: at most {URIS_MAX}"));
    }
    for uri in new.redirect_uris.iter().chain(&new.logout_uris) {
        if let Err(why) = redirect::check(uri) {
            return invalid(format!("--redirect: `{uri}` {why}"));
        }
    }
    if let Some(unknown) = new.grants.iter().find(|grant| !GRANTS.contains(&grant.as_str())) {
        return invalid(format!("--grants: `{unknown}` is none of {}", GRANTS.join(", ")));
    }
    let may = |grant: &str| new.grants.iter().any(|own| own == grant);
    if may(CODE) == new.redirect_uris.is_empty() {
        return invalid(format!("--redirect: is needed for {CODE}, and for nothing else"));
    }
    if let Some(grant) = [CREDENTIALS, EXCHANGE].iter().find(|grant| may(grant) && new.auth_method == Method::None) {
        return invalid(format!("--grants: a public client cannot have {grant}"));
    }
    if new.grants.is_empty() || !(may(CODE) || may(CREDENTIALS) || may(DEVICE) || may(EXCHANGE)) {
        return invalid("--grants: name one that begins something".to_owned());
    }
    if let Some(unknown) = new.scopes.iter().find(|scope| !scope::is_known(scope)) {
        return invalid(format!("--scopes: there is no `{unknown}`"));
    }
    if new.scopes.is_empty() {
        return invalid("--scopes: name at least one".to_owned());
    }
    Ok(())
}
