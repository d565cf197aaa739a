//! How clients prove themselves: with a secret, by signing (`private_key_jwt`: RFC 7523, OpenID Connect Core, 9), or by a
//! certificate (`tls_client_auth`: RFC 8705, 2.1), whose chain the TLS layer has verified and whose name is compared here.
//!
//! What is signed is for this provider alone: `aud` is one text, the issuer or the token endpoint, never a list, since a
//! list is how one provider is made to pass on what was meant for another (draft-ietf-oauth-rfc7523bis). It holds for five
//! minutes at most and is taken once, by whichever node gets it first: its name is noted in the store, after the signature
//! was found right, so that nobody without a key can fill it.

use std::net::IpAddr;

use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use super::client::{Client, Method};
use super::store::client::Stored;
use super::{OAuthError, Provider, store};
use crate::auth::jwt::jose::Compact;

/// What `client_assertion_type` has to be.
pub const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// Failed authentications of one address before the next failure is told to wait.
const FAILURES_AN_ADDRESS: u32 = 20;
/// How long an assertion may hold.
const LIFE_MAX_S: i64 = 300;
/// How far clocks may differ.
const LEEWAY_S: i64 = 30;
const ID_BYTES_MAX: usize = 256;

/// What a client shows of itself.
#[derive(Debug)]
pub struct Shown {
    /// Which one.
    pub id: String,
    /// How.
    pub method: Method,
    /// Its secret, or what it signed.
    pub proof: Option<SecretString>,
    /// The names in the certificate that its connection was made with.
    pub certificate: Vec<String>,
}

/// A header: with `jku`, `x5u`, `jwk`, `crit` or anything else in it, an assertion is refused.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: String,
    exp: i64,
    jti: String,
    iat: Option<i64>,
    nbf: Option<i64>,
}

/// The client that an assertion names. Nothing about it is proved.
pub fn named(assertion: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Named {
        sub: String,
    }
    let parts = Compact::split(assertion)?;
    serde_json::from_slice(&parts.payload).ok().map(|named: Named| named.sub)
}

impl Provider {
    /// Says which client this is. Failures of an address are counted, and then further ones are told to wait. A right proof
    /// never waits: it cannot be guessed, and whoever shares an address with an attacker is not kept out.
    ///
    /// # Errors
    /// When it is not the client it says.
    pub async fn authenticate(&self, shown: &Shown, ip: IpAddr) -> Result<Client, OAuthError> {
        self.count_document(&shown.id, ip).await?;
        let found = match self.stored_client(&shown.id).await {
            Ok(stored) => Some(stored),
            Err(OAuthError::Missing(_)) => None,
            Err(error) => return Err(error),
        };
        if let Some(stored) = found
            && self.is_proved(&stored, shown).await?
        {
            return Ok(stored.client);
        }
        self.refuse("client_authentication", "");
        self.throttle.count_address("oauth-client", ip, FAILURES_AN_ADDRESS).await?;
        Err(OAuthError::refused("invalid_client", "the client is unknown or did not prove itself as registered"))
    }

    async fn is_proved(&self, stored: &Stored, shown: &Shown) -> Result<bool, OAuthError> {
        let client = &stored.client;
        // Who shows a certificate shows nothing else.
        let method = match (client.auth_method, shown.method) {
            (Method::Certificate, Method::None) => Method::Certificate,
            (_, method) => method,
        };
        if client.auth_method != method {
            return Ok(false);
        }
        match (client.auth_method, &stored.secret_hash, &shown.proof) {
            (Method::None, None, None) => Ok(true),
            // Compared in constant time.
            (Method::Basic | Method::Post, Some(hash), Some(secret)) => {
                Ok(self.is_hash_of(hash, "client-secret", secret.expose_secret()))
            }
            (Method::Certificate, None, None) => {
                let is_own = |name: &String| shown.certificate.iter().any(|shown| shown.eq_ignore_ascii_case(name));
                Ok(client.certificate_name.as_ref().is_some_and(is_own))
            }
            (Method::Key, None, Some(assertion)) => self.takes(client, assertion.expose_secret()).await,
            _ => Ok(false),
        }
    }

    /// Takes an assertion, once.
    async fn takes(&self, client: &Client, assertion: &str) -> Result<bool, OAuthError> {
        let Some(claims) = signed(client, assertion).filter(|claims| self.is_for_here(client, claims)) else {
            self.refuse("client_assertion", &client.id);
            return Ok(false);
        };
        let name = self.hash("assertion", &format!("{}\n{}", client.id, claims.jti));
        if store::assertion::spend(&self.db, &name, claims.exp.saturating_add(LEEWAY_S)).await? {
            return Ok(true);
        }
        self.refuse("client_assertion_replayed", &client.id);
        Ok(false)
    }

    fn is_for_here(&self, client: &Client, claims: &Claims) -> bool {
        let Ok(issuer) = self.issuer() else { return false };
        let now = self.clock.now().as_second();
        let is_own = claims.iss == client.id && claims.sub == client.id;
        let is_for_here = claims.aud == issuer || claims.aud == format!("{issuer}/oauth2/token");
        let is_now = claims.exp > now - LEEWAY_S
            && claims.exp <= now + LIFE_MAX_S + LEEWAY_S
            && claims.iat.is_none_or(|iat| iat <= now + LEEWAY_S)
            && claims.nbf.is_none_or(|nbf| nbf <= now + LEEWAY_S);
        is_own && is_for_here && is_now && (1..=ID_BYTES_MAX).contains(&claims.jti.len())
    }
}

/// What an assertion says, when a key of the client signed it.
fn signed(client: &Client, assertion: &str) -> Option<Claims> {
    let parts = Compact::split(assertion)?;
    let header: Header = serde_json::from_slice(&parts.header).ok()?;
    if header.typ.is_some_and(|typ| typ != "JWT" && typ != "client-authentication+jwt") {
        return None;
    }
    let by = (header.alg.as_str(), header.kid.as_deref());
    let is_right = client.jwks.as_ref()?.verifies(by, parts.signed, &parts.signature);
    serde_json::from_slice(&parts.payload).ok().filter(|_| is_right)
}
