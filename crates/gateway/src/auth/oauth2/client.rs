//! Clients: programs that people let act for them, registered by an operator.
//!
//! A secret is `pcs_` and 43 random characters, shown once and stored as a keyed hash. A client that signs has none: its
//! public keys are registered. Nor has a public client, and every client proves with PKCE that a code is its own.

use aws_lc_rs::hmac;
use jiff::Timestamp;
use serde::Serialize;

use super::client_key::KeySet;
use super::error::OAuthError;
use super::{Provider, rule, store};
use crate::auth::random::base62;
use crate::event::catalogue;

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
    /// By signing, with a key whose public half it registered.
    #[serde(rename = "private_key_jwt")]
    Key,
    /// By a certificate that its connection was made with, which has its name (RFC 8705, 2.1).
    #[serde(rename = "tls_client_auth")]
    Certificate,
}

/// Who registered a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// An operator.
    Operator,
    /// It did so itself (RFC 7591).
    Registered,
    /// Nobody: its id is the address of a document about it.
    Document,
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
    /// What it signs with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwks: Option<KeySet>,
    /// The DNS name in the certificate that it shows.
    #[serde(rename = "tls_client_auth_san_dns", skip_serializing_if = "Option::is_none")]
    pub certificate_name: Option<String>,
    /// Where it is told of logouts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backchannel_logout_uri: Option<String>,
    /// Who registered it.
    pub origin: Origin,
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
    /// What it signs with.
    pub jwks: Option<KeySet>,
    /// The DNS name in the certificate that it shows.
    pub certificate_name: Option<String>,
    /// Where it is told of logouts.
    pub backchannel_logout_uri: Option<String>,
    /// Who registers it.
    pub origin: Origin,
}

impl NewClient {
    /// The client that it becomes.
    pub(super) fn known_as(self, id: String, created_at: Timestamp) -> Client {
        Client {
            id,
            tenant: self.tenant,
            name: self.name,
            auth_method: self.auth_method,
            redirect_uris: self.redirect_uris,
            logout_uris: self.logout_uris,
            grants: self.grants,
            scopes: self.scopes,
            jwks: self.jwks,
            certificate_name: self.certificate_name,
            backchannel_logout_uri: self.backchannel_logout_uri,
            origin: self.origin,
            created_at,
        }
    }
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

/// What the ids of clients that are registered begin with.
const PREFIX: &str = "oac_";
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
            Self::Key => "private_key_jwt",
            Self::Certificate => "tls_client_auth",
        }
    }

    /// The method of this name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::None, Self::Basic, Self::Post, Self::Key, Self::Certificate]
            .into_iter()
            .find(|method| method.name() == name)
    }
}

impl Origin {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Registered => "registered",
            Self::Document => "document",
        }
    }

    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Operator, Self::Registered, Self::Document].into_iter().find(|origin| origin.name() == name)
    }
}

impl Client {
    /// Whether it may use a grant.
    pub fn may(&self, grant: &str) -> bool {
        self.grants.iter().any(|own| own == grant)
    }

    /// Whether nobody of here has looked at it.
    pub fn is_strange(&self) -> bool {
        self.origin != Origin::Operator
    }

    /// Whether it has a secret that it shares with this provider.
    pub fn has_secret(&self) -> bool {
        matches!(self.auth_method, Method::Basic | Method::Post)
    }

    /// Whether it can prove itself.
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
        rule::check(&new).map_err(|broken| OAuthError::Invalid(format!("--{}: {}", broken.field, broken.why)))?;
        let client = new.known_as(format!("{PREFIX}{}", base62(22)?), self.clock.now());
        let client_secret = if client.has_secret() { Some(secret()?) } else { None };
        let hash = client_secret.as_deref().map(|secret| self.hash("client-secret", secret));
        let kind = match client.origin {
            Origin::Operator => catalogue::OAUTH_CLIENT_CREATED,
            _ => catalogue::OAUTH_CLIENT_REGISTERED,
        };
        let event = catalogue::oauth_client_changed(kind, client.created_at, &client.id);
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
        if !client.has_secret() {
            return Err(OAuthError::Invalid(format!("the client `{}` has no secret", client.id)));
        }
        let secret = secret()?;
        let event = catalogue::oauth_client_changed(catalogue::OAUTH_CLIENT_ROTATED, self.clock.now(), id);
        self.record(event, &client.tenant, actor).await?;
        store::client::set_secret(&self.db, id, &self.hash("client-secret", &secret)).await?;
        Ok(Registered { client, client_secret: Some(secret) })
    }

    pub(super) async fn stored_client(&self, id: &str) -> Result<store::client::Stored, OAuthError> {
        if let Some(client) = self.documented(id).await? {
            return Ok(store::client::Stored { client, secret_hash: None });
        }
        let shown = || OAuthError::Missing(id.chars().filter(char::is_ascii_graphic).take(64).collect());
        store::client::one(&self.db, id).await?.ok_or_else(shown)
    }

    /// Gives a client that signs other keys; what the old ones sign is not taken any more.
    ///
    /// # Errors
    /// When there is none, it does not sign, or the change cannot be recorded or stored.
    pub async fn replace_keys(&self, id: &str, jwks: KeySet, actor: &str) -> Result<Client, OAuthError> {
        let client = self.client(id).await?;
        if client.auth_method != Method::Key {
            return Err(OAuthError::Invalid(format!("the client `{}` does not sign", client.id)));
        }
        let event = catalogue::oauth_client_changed(catalogue::OAUTH_CLIENT_ROTATED, self.clock.now(), id);
        self.record(event, &client.tenant, actor).await?;
        store::client::set_keys(&self.db, id, &jwks).await?;
        Ok(Client { jwks: Some(jwks), ..client })
    }

    /// A keyed hash for one purpose.
    pub(super) fn hash(&self, purpose: &str, text: &str) -> Vec<u8> {
        hmac::sign(&self.hasher, format!("{purpose}\n{text}").as_bytes()).as_ref().to_vec()
    }

    pub(super) fn is_hash_of(&self, hash: &[u8], purpose: &str, text: &str) -> bool {
        hmac::verify(&self.hasher, format!("{purpose}\n{text}").as_bytes(), hash).is_ok()
    }
}

/// Whether a session of this client is that of an app: no other client of a session has such a name.
pub fn is_app(client: &str) -> bool {
    client.starts_with(PREFIX) || client.starts_with("https://") || client.starts_with("http://")
}

fn secret() -> Result<String, OAuthError> {
    Ok(format!("pcs_{}", base62(43)?))
}
