//! The keys that sign access tokens, and their rotation without a gap (`auth.jwt.access`).
//!
//! A key is *next* from its making until others may have read it (`jwks_cache_s`), then *active*: it signs. When the next
//! one becomes active it is *retiring*: what it signed is believed until the longest life of a token is over, and then it
//! has *ended*. A *revoked* key is believed by nobody, at once. States follow from stored times and the clock, so all
//! processes agree on them without talking; each reads the table twice a second.
//!
//! Invariants: a private key is stored sealed and leaves this module only as signatures; a key is named by its thumbprint
//! (RFC 7638), so that no two keys share a name and no name leads anywhere but to a key.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use jiff::Timestamp;
use serde::Serialize;

use super::TokenError;
use super::jose::{Algorithm, Jwk, PrivateKey, PublicKey};
use super::store::key::{self as store, Others, Stored, Times};
use crate::clock::Clock;
use crate::data::encryption::{Place, Sealer};
use crate::event::catalogue;
use crate::event::journal::Journal;
use crate::store::Db;

/// Pause between looks at the table for keys that are not in memory.
const LOOK_UP_EVERY_MS: i64 = 50;

/// All signing keys.
#[derive(Debug)]
pub struct SigningKeys {
    db: Db,
    sealer: Arc<Sealer>,
    journal: Arc<Journal>,
    clock: Arc<dyn Clock>,
    plan: Plan,
    known: RwLock<Vec<Arc<SigningKey>>>,
    /// Grows when a key is revoked.
    generation: AtomicU64,
    /// When the table was read because of an unknown name last.
    looked_up_ms: AtomicI64,
    /// Two tasks of a process do not make a first key each.
    making: tokio::sync::Mutex<()>,
}

/// How keys are made and rotated.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plan {
    pub(super) algorithm: Algorithm,
    /// How long a key is published before it signs.
    pub(super) lead_s: i64,
    /// How long what it signed may be believed.
    pub(super) token_s: i64,
}

/// A key that signs or has signed.
#[derive(Debug)]
pub struct SigningKey {
    /// Its thumbprint.
    pub kid: String,
    /// Its public half.
    pub public: PublicKey,
    private: PrivateKey,
    times: Times,
}

/// Where a key is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyState {
    /// Published, does not sign yet.
    Next,
    /// Signs.
    Active,
    /// Signs no more, is still believed.
    Retiring,
    /// Everything it signed has expired.
    Ended,
    /// Not believed any more.
    Revoked,
}

/// A key as it is shown.
#[derive(Debug, Clone, Serialize)]
pub struct SigningKeyInfo {
    /// Its thumbprint.
    pub kid: String,
    /// What it signs with.
    pub algorithm: Algorithm,
    /// Where it is in its life.
    pub state: KeyState,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it begins to sign.
    pub active_at: Timestamp,
    /// When it ceases to sign.
    pub retiring_at: Option<Timestamp>,
    /// When it is believed no more.
    pub ends_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

impl Times {
    fn state(&self, now: i64) -> KeyState {
        let is_over = |time: Option<i64>| time.is_some_and(|time| time <= now);
        match self {
            _ if self.revoked_at.is_some() => KeyState::Revoked,
            _ if is_over(self.ends_at) => KeyState::Ended,
            _ if is_over(self.retiring_at) => KeyState::Retiring,
            _ if self.active_at > now => KeyState::Next,
            _ => KeyState::Active,
        }
    }
}

impl SigningKey {
    /// A signed token.
    pub(super) fn sign(&self, header: &impl Serialize, payload: &impl Serialize) -> Result<String, TokenError> {
        self.private.sign(header, payload).map_err(|_| TokenError::Crypto)
    }

    fn is_published(&self, now: i64) -> bool {
        matches!(self.times.state(now), KeyState::Next | KeyState::Active | KeyState::Retiring)
    }
}

impl SigningKeys {
    /// Reads all keys.
    ///
    /// # Errors
    /// When the store fails, or a key does not open.
    pub(super) async fn open(
        (db, sealer, journal, clock): (Db, Arc<Sealer>, Arc<Journal>, Arc<dyn Clock>),
        plan: Plan,
    ) -> Result<Self, TokenError> {
        let (known, generation, making) = (RwLock::default(), AtomicU64::new(0), tokio::sync::Mutex::default());
        let looked_up_ms = AtomicI64::new(i64::MIN / 2);
        let keys = Self { db, sealer, journal, clock, plan, known, generation, looked_up_ms, making };
        keys.refresh().await?;
        Ok(keys)
    }

    /// The key of this name, when it is believed now.
    pub fn find(&self, kid: &str) -> Option<Arc<SigningKey>> {
        let now = self.clock.now().as_second();
        self.known().iter().find(|key| key.kid == kid && key.is_published(now)).cloned()
    }

    /// How long others may keep the key set, in seconds.
    pub fn cache_s(&self) -> i64 {
        self.plan.lead_s
    }

    /// Changes when a key was revoked: what was verified with one has to be looked at again.
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// The key that signs now; makes the first one.
    ///
    /// # Errors
    /// When there is none and none can be made, recorded or stored.
    pub async fn signer(&self) -> Result<Arc<SigningKey>, TokenError> {
        if let Some(key) = self.active() {
            return Ok(key);
        }
        let _one_at_a_time = self.making.lock().await;
        self.refresh().await?;
        match self.active() {
            Some(key) => Ok(key),
            None => {
                self.make(false, "gateway").await?;
                self.active().ok_or(TokenError::Crypto)
            }
        }
    }

    /// Makes the next key. In an emergency it signs at once and all others are revoked: every access token ends, and
    /// sessions go on with their refresh tokens.
    ///
    /// # Errors
    /// When a rotation is under way, or the change cannot be recorded or stored.
    pub async fn rotate(&self, is_emergency: bool, actor: &str) -> Result<SigningKeyInfo, TokenError> {
        self.refresh().await?;
        let now = self.clock.now().as_second();
        let next = self.known().iter().find(|key| key.times.state(now) == KeyState::Next).cloned();
        if let Some(next) = next.filter(|_| !is_emergency) {
            return Err(TokenError::Invalid(format!(
                "a rotation is under way: the key {} begins to sign at {}; `--emergency` does not wait",
                next.kid,
                time(next.times.active_at)
            )));
        }
        self.make(is_emergency, actor).await
    }

    async fn make(&self, is_emergency: bool, actor: &str) -> Result<SigningKeyInfo, TokenError> {
        let now = self.clock.now();
        let pkcs8 = PrivateKey::generate(self.plan.algorithm).map_err(|_| TokenError::Crypto)?;
        let private = PrivateKey::read(self.plan.algorithm, &pkcs8).map_err(|_| TokenError::Crypto)?;
        let kid = private.public().map_err(|_| TokenError::Crypto)?.thumbprint();
        let created_at = now.as_second();
        // Nobody can hold an older key set of an installation that has no key yet.
        let is_at_once = is_emergency || self.active().is_none();
        let active_at = if is_at_once { created_at } else { created_at + self.plan.lead_s };
        let others = match is_emergency {
            true => Others::Revoke(created_at),
            false => Others::Retire(active_at, active_at + self.plan.token_s),
        };
        let sealed = self.sealer.seal(&place(&kid), &pkcs8)?;
        let times = Times { created_at, active_at, retiring_at: None, ends_at: None, revoked_at: None };
        let stored = Stored { kid, algorithm: self.plan.algorithm, sealed, times };
        let event = catalogue::signing_key_rotated(now, &stored.kid, time(active_at), is_emergency).by(actor);
        self.journal.append_durable(&event).await?;
        store::insert(&self.db, &stored, others).await?;
        self.refresh().await?;
        Ok(info(&stored.kid, stored.algorithm, &times, created_at))
    }

    /// All keys, oldest first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn list(&self) -> Result<Vec<SigningKeyInfo>, TokenError> {
        let now = self.clock.now().as_second();
        let all = store::all(&self.db).await?;
        Ok(all.iter().map(|key| info(&key.kid, key.algorithm, &key.times, now)).collect())
    }

    /// The key set that others verify with (RFC 7517).
    ///
    /// # Errors
    /// When there is no key yet and none can be made.
    pub async fn jwks(&self) -> Result<serde_json::Value, TokenError> {
        self.signer().await?;
        let now = self.clock.now().as_second();
        let jwk = |key: &Arc<SigningKey>| Jwk {
            kid: Some(key.kid.clone()),
            alg: Some(key.public.algorithm.name().to_owned()),
            purpose: Some("sig".to_owned()),
            ..key.public.jwk()
        };
        let keys: Vec<Jwk> = self.known().iter().filter(|key| key.is_published(now)).map(jwk).collect();
        Ok(serde_json::json!({ "keys": keys }))
    }

    /// Reads what other processes changed.
    ///
    /// # Errors
    /// When the store fails, or a key does not open; what is in memory stays.
    pub async fn refresh(&self) -> Result<(), TokenError> {
        let stored = store::all(&self.db).await?;
        let known = self.known().clone();
        let is_as_before = known.len() == stored.len()
            && known.iter().zip(&stored).all(|(known, stored)| known.kid == stored.kid && known.times == stored.times);
        if is_as_before {
            return Ok(());
        }
        let opened: Vec<Arc<SigningKey>> = stored.iter().map(|key| self.open_one(key)).collect::<Result<_, _>>()?;
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = opened;
        self.generation.fetch_add(1, Ordering::AcqRel);
        Ok(())
    }

    /// Reads the table because a token names a key that is not in memory: another process may have just made it. Not more
    /// often than 20 times a second, whoever sends how many; says whether it was read.
    pub(super) async fn look_up(&self) -> bool {
        let now_ms = self.clock.now().as_millisecond();
        let last_ms = self.looked_up_ms.load(Ordering::Relaxed);
        let is_time = now_ms - last_ms >= LOOK_UP_EVERY_MS
            && self.looked_up_ms.compare_exchange(last_ms, now_ms, Ordering::Relaxed, Ordering::Relaxed).is_ok();
        if !is_time {
            return false;
        }
        if let Err(error) = self.refresh().await {
            tracing::error!(error = &error as &dyn std::error::Error, "signing keys could not be looked up");
        }
        true
    }

    fn open_one(&self, stored: &Stored) -> Result<Arc<SigningKey>, TokenError> {
        let pkcs8 = self.sealer.open_sealed(&place(&stored.kid), &stored.sealed)?;
        let private = PrivateKey::read(stored.algorithm, &pkcs8).map_err(|_| TokenError::Crypto)?;
        let public = private.public().map_err(|_| TokenError::Crypto)?;
        Ok(Arc::new(SigningKey { kid: stored.kid.clone(), public, private, times: stored.times }))
    }

    /// The key that signs: of two that two processes made first, the one that the order puts last, in both.
    fn active(&self) -> Option<Arc<SigningKey>> {
        let now = self.clock.now().as_second();
        self.known().iter().rfind(|key| key.times.state(now) == KeyState::Active).cloned()
    }

    fn known(&self) -> std::sync::RwLockReadGuard<'_, Vec<Arc<SigningKey>>> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }
}

fn place(kid: &str) -> Place<'_> {
    Place { table: "signing_key", column: "sealed", row: kid, tenant: "" }
}

fn info(kid: &str, algorithm: Algorithm, times: &Times, now: i64) -> SigningKeyInfo {
    SigningKeyInfo {
        kid: kid.to_owned(),
        algorithm,
        state: times.state(now),
        created_at: time(times.created_at),
        active_at: time(times.active_at),
        retiring_at: times.retiring_at.map(time),
        ends_at: times.ends_at.map(time),
        revoked_at: times.revoked_at.map(time),
    }
}

fn time(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap_or(Timestamp::MAX)
}
