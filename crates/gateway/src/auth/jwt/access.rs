//! Access tokens: signed, typed, short-lived (`auth.jwt.access`; RFC 9068, RFC 8725).
//!
//! A header is exactly `alg`, `typ` and `kid`: with `jku`, `x5u`, `jwk`, `crit` or anything else in it a token is refused
//! before its signature is looked at. The key is found by its name among our own, and the key decides the algorithm. What
//! was verified is remembered by the SHA-256 of its text; a change in revocations or keys has it looked at again.
//!
//! Invariant: only `AccessTokens::verify` makes [`Verified`].

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::digest::{SHA256, digest};
use jiff::Timestamp;
use quick_cache::sync::Cache;
use serde::{Deserialize, Serialize};

use super::TokenError;
use super::binding::{Binding, Confirmation};
use super::jose::Compact;
use super::keys::SigningKeys;
use super::rejected::Rejected;
use super::revocation::Revocations;
use crate::auth::Identity;
use crate::auth::session::store::Stored as Session;
use crate::clock::Clock;

/// Longer texts are not looked at.
pub const BYTES_MAX: usize = 8 * 1024;
/// How far the clocks of two processes may differ.
pub const LEEWAY_S: i64 = 30;
/// Verified tokens that are remembered.
const REMEMBERED_MAX: usize = 20_000;
const TYPE: &str = "at+jwt";

/// What an access token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Who issued it.
    pub iss: String,
    /// Who it is for.
    pub aud: String,
    /// The person.
    pub sub: String,
    /// The client it was issued to.
    pub client_id: String,
    /// What it may be used for, separated by spaces.
    pub scope: String,
    /// When it was issued.
    pub iat: i64,
    /// When it begins to hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nbf: Option<i64>,
    /// When it ends.
    pub exp: i64,
    /// Its id.
    pub jti: String,
    /// The session; a client that acts for itself has none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub sid: String,
    /// The count of the refresh token that came with it.
    pub rc: i64,
    /// The number of the last revocation before the session began.
    pub ep: i64,
    /// Whose the person is.
    pub tenant: String,
    /// When the person logged in.
    pub auth_time: i64,
    /// How (RFC 8176).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub amr: Vec<String>,
    /// How strongly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acr: Option<String>,
    /// What its bearer has to prove.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cnf: Option<Confirmation>,
    /// Who acts for the person (RFC 8693, 4.1), the last one outermost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<Actor>,
}

/// Somebody who acts for another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// Who.
    pub sub: String,
    /// Who acted before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<Box<Self>>,
}

/// A header: these three and nothing else.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    alg: String,
    typ: String,
    kid: String,
}

/// A token that was verified.
#[derive(Debug)]
pub struct Verified {
    /// Who asks.
    pub identity: Arc<Identity>,
    /// What it says.
    pub claims: Claims,
    kid: String,
    /// The state of revocations and keys that it was compared with.
    epoch: AtomicU64,
}

/// What issues and verifies access tokens.
#[derive(Debug)]
pub(super) struct AccessTokens {
    pub(super) keys: Arc<SigningKeys>,
    pub(super) revocations: Arc<Revocations>,
    pub(super) issuer: String,
    pub(super) audience: String,
    pub(super) ttl_s: i64,
    clock: Arc<dyn Clock>,
    remembered: Cache<[u8; 32], Arc<Verified>>,
    /// Successors of refresh tokens that have arrived, as access tokens show that came with them.
    arrived: Mutex<HashMap<String, i64>>,
}

impl AccessTokens {
    pub(super) fn new(
        (keys, revocations, clock): (Arc<SigningKeys>, Arc<Revocations>, Arc<dyn Clock>),
        (issuer, audience): (String, String),
        ttl_s: i64,
    ) -> Self {
        let remembered = Cache::new(REMEMBERED_MAX);
        Self { keys, revocations, issuer, audience, ttl_s, clock, remembered, arrived: Mutex::default() }
    }

    /// Issues a token of a session, with the count of its refresh token.
    pub(super) async fn issue(
        &self,
        session: &Session,
        counter: i64,
        binding: Option<&str>,
    ) -> Result<String, TokenError> {
        let now = self.clock.now().as_second();
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: self.audience.clone(),
            sub: session.user_id.clone(),
            client_id: session.client_id.clone(),
            scope: session.scopes.join(" "),
            iat: now,
            nbf: None,
            exp: (now + self.ttl_s).min(session.ends_at),
            jti: crate::auth::random::base62(22)?,
            sid: session.id.clone(),
            rc: counter,
            ep: session.epoch,
            tenant: session.tenant.clone(),
            auth_time: session.auth_time,
            amr: session.amr.clone(),
            acr: session.acr.clone(),
            cnf: binding.and_then(Binding::parse).map(|binding| binding.claim()),
            act: None,
        };
        self.sign(&claims).await
    }

    /// Signs what a token says.
    pub(super) async fn sign(&self, claims: &Claims) -> Result<String, TokenError> {
        let key = self.keys.signer().await?;
        let header = Header { alg: key.public.algorithm.name().into(), typ: TYPE.into(), kid: key.kid.clone() };
        key.sign(&header, claims)
    }

    /// Verifies a token, but not yet that its bearer may bear it: see `Tokens::verify`.
    pub(super) fn verify(&self, text: &str) -> Result<Arc<Verified>, Rejected> {
        if text.len() > BYTES_MAX {
            return Err(Rejected::TooLarge);
        }
        let now = self.clock.now().as_second();
        let mut name = [0; 32];
        name.copy_from_slice(digest(&SHA256, text.as_bytes()).as_ref());
        if let Some(known) = self.remembered.get(&name) {
            return self.again(&known, now).map(|()| known);
        }
        let epoch = self.epoch();
        let (claims, kid) = self.check(text, now, &mut |_| ())?;
        if claims.rc > 0 {
            self.put_arrived([(claims.sid.clone(), claims.rc)]);
        }
        let identity = Arc::new(identity(&claims));
        let verified = Arc::new(Verified { identity, claims, kid, epoch: AtomicU64::new(epoch) });
        self.remembered.insert(name, verified.clone());
        Ok(verified)
    }

    /// Looks at a token again that was verified before.
    fn again(&self, known: &Verified, now: i64) -> Result<(), Rejected> {
        timely(&known.claims, now)?;
        let epoch = self.epoch();
        if known.epoch.load(Ordering::Acquire) != epoch {
            if self.keys.find(&known.kid).is_none() {
                return Err(Rejected::Key);
            }
            if self.revocations.covers(&known.claims) {
                return Err(Rejected::Revoked);
            }
            known.epoch.store(epoch, Ordering::Release);
        }
        Ok(())
    }

    /// Every check, in order; `passed` hears of each.
    pub(super) fn check(
        &self,
        text: &str,
        now: i64,
        passed: &mut dyn FnMut(&'static str),
    ) -> Result<(Claims, String), Rejected> {
        let mut demand = |name: &'static str, holds: bool, otherwise: Rejected| match holds {
            true => {
                passed(name);
                Ok(())
            }
            false => Err(otherwise),
        };
        demand("size", text.len() <= BYTES_MAX, Rejected::TooLarge)?;
        let parts = Compact::split(text);
        demand("form", parts.is_some(), Rejected::Malformed)?;
        let parts = parts.ok_or(Rejected::Malformed)?;
        let header = serde_json::from_slice::<Header>(&parts.header).ok();
        demand("header", header.is_some(), Rejected::Header)?;
        let header = header.ok_or(Rejected::Header)?;
        demand("type", header.typ == TYPE, Rejected::Type)?;
        let key = self.keys.find(&header.kid);
        demand("key", key.is_some(), Rejected::Key)?;
        let key = key.ok_or(Rejected::Key)?;
        demand("algorithm", header.alg == key.public.algorithm.name(), Rejected::Algorithm)?;
        demand("signature", key.public.verifies(parts.signed, &parts.signature), Rejected::Signature)?;
        // Members that stand twice are refused by the parser.
        let claims = serde_json::from_slice::<Claims>(&parts.payload).ok();
        // Only a client that acts for itself has no session.
        let claims = claims.filter(|claims| !claims.sid.is_empty() || claims.sub == claims.client_id);
        demand("claims", claims.is_some(), Rejected::Claims)?;
        let claims = claims.ok_or(Rejected::Claims)?;
        demand("issuer", claims.iss == self.issuer, Rejected::Issuer)?;
        demand("audience", claims.aud == self.audience, Rejected::Audience)?;
        timely(&claims, now)?;
        demand("time", true, Rejected::Expired)?;
        demand("revocation", !self.revocations.covers(&claims), Rejected::Revoked)?;
        Ok((claims, header.kid))
    }

    /// What arrived since this was asked last.
    pub(super) fn take_arrived(&self) -> HashMap<String, i64> {
        std::mem::take(&mut *self.arrived.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Notes what arrived.
    pub(super) fn put_arrived(&self, sessions: impl IntoIterator<Item = (String, i64)>) {
        let mut arrived = self.arrived.lock().unwrap_or_else(PoisonError::into_inner);
        for (session, count) in sessions {
            let known = arrived.entry(session).or_default();
            *known = count.max(*known);
        }
    }

    fn epoch(&self) -> u64 {
        // Both only grow, so their sum changes whenever one of them does.
        self.revocations.epoch().wrapping_add(self.keys.generation())
    }
}

/// Whether a token holds now, give or take what clocks may differ.
fn timely(claims: &Claims, now: i64) -> Result<(), Rejected> {
    if claims.exp.saturating_add(LEEWAY_S) <= now {
        return Err(Rejected::Expired);
    }
    let begins = claims.nbf.unwrap_or(claims.iat).max(claims.iat);
    if begins.saturating_sub(LEEWAY_S) > now {
        return Err(Rejected::NotYetValid);
    }
    Ok(())
}

fn identity(claims: &Claims) -> Identity {
    Identity {
        actor: claims.sub.clone(),
        name: claims.sub.clone(),
        tenant: claims.tenant.clone(),
        app: Some(claims.client_id.clone()),
        session: Some(claims.sid.clone()).filter(|session| !session.is_empty()),
        owner: None,
        auth_time: Some(claims.auth_time),
        acr: claims.acr.clone(),
        scopes: claims.scope.split(' ').map(str::to_owned).collect(),
        models: None,
        ends_at: Timestamp::from_second(claims.exp.saturating_add(LEEWAY_S)).ok(),
    }
}
