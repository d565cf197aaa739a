//! What the OAuth provider needs of tokens besides sessions: ID tokens, tokens of clients that act for themselves, and
//! who a token is of.
//!
//! An ID token has the type `JWT` and an access token `at+jwt`: neither is taken for the other.

use aws_lc_rs::digest::{SHA256, SHA512, digest};
use serde::{Deserialize, Serialize};

use super::access::{Actor, BYTES_MAX, Claims};
use super::binding::Binding;
use super::jose::{Algorithm, Compact, encode};
use super::revocation::Subject;
use super::{TokenError, Tokens, session_store, store};
use crate::auth::session::SessionInfo;
use crate::event::catalogue;

const TYPE: &str = "JWT";
const LOGOUT_TYPE: &str = "logout+jwt";
/// So many may act for each other.
const ACTORS_MAX: usize = 4;

/// What an ID token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdClaims {
    /// The provider.
    pub iss: String,
    /// The client.
    pub aud: String,
    /// The person.
    pub sub: String,
    /// When it was issued.
    pub iat: i64,
    /// When it ends.
    pub exp: i64,
    /// When the person logged in.
    pub auth_time: i64,
    /// As the client sent it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// How they logged in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub amr: Vec<String>,
    /// How strongly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acr: Option<String>,
    /// Their login.
    pub sid: String,
    /// Half of the hash of the access token beside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_hash: Option<String>,
}

/// What a logout token says (OpenID Connect Back-Channel Logout, 2.4). It has no `nonce`, so that it is no ID token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogoutClaims {
    /// The provider.
    pub iss: String,
    /// The client.
    pub aud: String,
    /// The person.
    pub sub: String,
    /// The login, as ID tokens name it.
    pub sid: String,
    /// When it was issued.
    pub iat: i64,
    /// When it ends.
    pub exp: i64,
    /// Its id.
    pub jti: String,
    /// That it is about a logout.
    pub events: serde_json::Value,
}

impl LogoutClaims {
    /// The one event that there is.
    pub fn events() -> serde_json::Value {
        serde_json::json!({ "http://schemas.openid.net/event/backchannel-logout": {} })
    }
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    alg: String,
    typ: String,
    kid: String,
}

impl Tokens {
    /// Signs an ID token that comes beside an access token.
    ///
    /// # Errors
    /// When there is no key.
    pub async fn id_token(&self, mut claims: IdClaims, access_token: &str) -> Result<String, TokenError> {
        let key = self.keys.signer().await?;
        // Ed25519 hashes with SHA-512, ES256 with SHA-256 (OpenID Connect Core, 3.1.3.6).
        let hash = match key.public.algorithm {
            Algorithm::EdDsa => digest(&SHA512, access_token.as_bytes()),
            Algorithm::Es256 => digest(&SHA256, access_token.as_bytes()),
        };
        claims.at_hash = Some(encode(&hash.as_ref()[..hash.as_ref().len() / 2]));
        let header = Header { alg: key.public.algorithm.name().into(), typ: TYPE.into(), kid: key.kid.clone() };
        key.sign(&header, &claims)
    }

    /// Signs a logout token.
    ///
    /// # Errors
    /// When there is no key.
    pub async fn logout_token(&self, claims: &LogoutClaims) -> Result<String, TokenError> {
        let key = self.keys.signer().await?;
        let alg = key.public.algorithm.name().into();
        key.sign(&Header { alg, typ: LOGOUT_TYPE.into(), kid: key.kid.clone() }, claims)
    }

    /// What an ID token of ours says; it may be too old, since it is only a hint.
    pub fn id_claims(&self, text: &str, issuer: &str) -> Option<IdClaims> {
        let parts = Compact::split(text).filter(|_| text.len() <= BYTES_MAX)?;
        let header: Header = serde_json::from_slice(&parts.header).ok()?;
        let key = self.keys.find(&header.kid)?;
        let is_ours = header.typ == TYPE
            && header.alg == key.public.algorithm.name()
            && key.public.verifies(parts.signed, &parts.signature);
        let claims: IdClaims = serde_json::from_slice(&parts.payload).ok().filter(|_| is_ours)?;
        Some(claims).filter(|claims| claims.iss == issuer)
    }

    /// The name of what ID tokens are signed with.
    ///
    /// # Errors
    /// When there is no key.
    pub async fn algorithm(&self) -> Result<&'static str, TokenError> {
        Ok(self.keys.signer().await?.public.algorithm.name())
    }

    /// An access token of a client that acts for itself, and its life in seconds.
    ///
    /// # Errors
    /// When it cannot be recorded or signed.
    pub async fn client_token(
        &self,
        (client, tenant): (&str, &str),
        scopes: &[String],
        binding: Option<&Binding>,
    ) -> Result<(String, i64), TokenError> {
        let now = self.clock.now();
        self.record(catalogue::oauth_token_issued(now, client, scopes), tenant, client).await?;
        let nobody = session_store::Stored {
            id: String::new(),
            user_id: client.to_owned(),
            tenant: tenant.to_owned(),
            client_id: client.to_owned(),
            scopes: scopes.to_vec(),
            created_at: now.as_second(),
            last_seen_at: now.as_second(),
            auth_time: now.as_second(),
            amr: Vec::new(),
            acr: None,
            epoch: store::revocation::epoch(&self.db).await?,
            sealed: Vec::new(),
            idle_ends_at: i64::MAX,
            ends_at: i64::MAX,
            ended_at: None,
        };
        let text = binding.map(Binding::text);
        Ok((self.access.issue(&nobody, 0, text.as_deref()).await?, self.access.ttl_s))
    }

    /// A token for a client that acts for whom another token is of: of the same session, so that it ends with it; never
    /// longer, and with the client named as who acts.
    ///
    /// # Errors
    /// When it cannot be recorded or signed, or too many act for each other.
    pub async fn exchanged(
        &self,
        subject: &Claims,
        client: &str,
        (scopes, binding): (&[String], Option<&Binding>),
    ) -> Result<(String, i64), TokenError> {
        if depth(subject.act.as_ref()) >= ACTORS_MAX {
            return Err(TokenError::Invalid("subject_token: too many act for each other already".to_owned()));
        }
        let now = self.clock.now();
        self.record(catalogue::oauth_token_exchanged(now, &subject.sub, client, scopes), &subject.tenant, client)
            .await?;
        let claims = Claims {
            client_id: client.to_owned(),
            scope: scopes.join(" "),
            iat: now.as_second(),
            exp: subject.exp.min(now.as_second() + self.access.ttl_s),
            jti: crate::auth::random::base62(22)?,
            // It says nothing about whether a refresh token has arrived.
            rc: 0,
            cnf: binding.map(Binding::claim),
            act: Some(Actor { sub: client.to_owned(), act: subject.act.clone().map(Box::new) }),
            ..subject.clone()
        };
        Ok((self.access.sign(&claims).await?, claims.exp - now.as_second()))
    }

    /// What an access token says, when it holds now; nothing is counted.
    pub async fn claims(&self, text: &str) -> Option<Claims> {
        self.keys.refresh().await.ok()?;
        self.explain(text).claims
    }

    /// Revokes an access token, and with it the session it belongs to; what acts for somebody ends alone.
    ///
    /// # Errors
    /// When it cannot be recorded or stored.
    pub async fn revoke_claims(&self, claims: &Claims, actor: &str) -> Result<(), TokenError> {
        if !claims.sid.is_empty() && claims.act.is_none() {
            return self.revoke(&Subject::Session(claims.sid.clone()), "revoked by its client", actor).await;
        }
        let event = catalogue::token_revoked(self.clock.now(), "token", &claims.jti, "revoked by its client");
        self.record(event, &claims.tenant, actor).await?;
        self.end(&Subject::Session(claims.jti.clone()), "revoked by its client").await
    }

    /// The session that a refresh token belongs to, when it would be taken now.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn refresh_session(&self, token: &str) -> Result<Option<SessionInfo>, TokenError> {
        let Some(id) = self.session_of(token) else { return Ok(None) };
        let Some(stored) = store::family::one(&self.db, &id).await? else { return Ok(None) };
        let is_current = self.families.token(&id, stored.family.counter) == token && !stored.family.is_revoked;
        if is_current { self.sessions.live(&id).await } else { Ok(None) }
    }
}

fn depth(actor: Option<&Actor>) -> usize {
    actor.map_or(0, |actor| 1 + depth(actor.act.as_deref()))
}
