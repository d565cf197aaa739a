//! API keys: `pc-…`, with a checksum, stored as a keyed hash, shown once.
//!
//! A key is `pc-`, 34 random characters of base62 (202 bits) and 6 characters of CRC-32, so that a mistyped key, and a
//! key in a text, is told from noise without asking anybody. The database has only HMAC-SHA-256 of it, under a key
//! derived from the master key.
//!
//! Invariants: a key's text leaves this module once, when it is made; a key proves an [`Identity`] through [`Keys::verify`] only; the
//! audit entry is durable before a key is made, replaced or revoked.

mod info;
mod store;
mod text;

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use aws_lc_rs::hmac;
use secrecy::ExposeSecret as _;

use crate::auth::Identity;
use crate::auth::random::NoRandom;
use crate::auth::user::Roster;
use crate::clock::Clock;
use crate::data::access::is_scope;
use crate::data::encryption::Sealer;
use crate::event::journal::{Journal, JournalError};
use crate::event::{DEFAULT_TENANT, catalogue};
use crate::store::{Db, StoreError};

pub use info::{KeyInfo, NewKey};

/// What keys may be made for, broadly; the name of an action is a scope too.
pub const SCOPES: [&str; 2] = ["inference", "admin"];
/// How long a key lives unless somebody says otherwise.
pub const LIFE: jiff::SignedDuration = jiff::SignedDuration::from_hours(90 * 24);
/// How far the clocks of two processes may differ.
const CLOCK_SKEW_S: i64 = 300;
/// Pause between looks at the database for keys that are not in memory.
const LOOK_UP_EVERY_MS: i64 = 50;
/// Who makes keys on the command line, as the audit log names them.
const CLI: &str = "cli";

type Hash = [u8; 32];

/// All API keys.
#[derive(Debug)]
pub struct Keys {
    db: Db,
    journal: Arc<Journal>,
    clock: Arc<dyn Clock>,
    hasher: hmac::Key,
    roster: Arc<Roster>,
    known: RwLock<Known>,
    /// When an unknown key was looked up last.
    looked_up_ms: AtomicI64,
}

/// The keys that are in memory, by their hash.
#[derive(Debug, Default)]
struct Known {
    by_hash: HashMap<Hash, Arc<Identity>>,
    /// The newest change that was read, in seconds since 1970.
    changed_at: i64,
}

/// Why a key could not be made, replaced, revoked or read.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The store failed.
    #[error("the API keys cannot be read or written")]
    Store(#[from] StoreError),
    /// The change could not be recorded, so it was not made.
    #[error("the change could not be recorded, so it was not made")]
    Journal(#[from] JournalError),
    /// A field breaks a rule.
    #[error("{0}")]
    Invalid(String),
    /// There is no such key.
    #[error("there is no API key `{0}`; `portcullis key list` shows those that exist")]
    Missing(String),
    /// The library refused.
    #[error(transparent)]
    Random(#[from] NoRandom),
}

impl Keys {
    /// Reads all keys.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn open(
        db: Db,
        sealer: Arc<Sealer>,
        journal: Arc<Journal>,
        clock: Arc<dyn Clock>,
        roster: Arc<Roster>,
    ) -> Result<Self, KeyError> {
        let hasher = sealer.hmac_key("api-key", "");
        let keys = Self {
            db,
            journal,
            clock,
            hasher,
            roster,
            known: RwLock::default(),
            looked_up_ms: AtomicI64::new(i64::MIN / 2),
        };
        keys.refresh().await?;
        Ok(keys)
    }

    /// Says who a key belongs to; `None` when it is not valid now. A key that is not in memory but well-formed is looked
    /// up, since another process may have made it; not more often than 20 times a second, whoever sends how many.
    pub async fn verify(&self, text: &str) -> Option<Arc<Identity>> {
        if !text::is_well_formed(text) {
            return None;
        }
        let hash = self.hash(text);
        let identity = match self.known(&hash) {
            Some(identity) => identity,
            None if !self.may_look_up() => return None,
            None => {
                if let Err(error) = self.refresh().await {
                    tracing::error!(error = &error as &dyn std::error::Error, "API keys could not be looked up");
                }
                self.known(&hash)?
            }
        };
        (identity.is_valid_at(self.clock.now()) && self.has_standing(&identity)).then_some(identity)
    }

    /// Whether the owner may act for the key's tenant: who is kept out has no keys.
    fn has_standing(&self, identity: &Identity) -> bool {
        match identity.owner.as_deref() {
            None | Some(CLI) => true,
            Some(owner) => {
                self.roster.find(owner).is_some_and(|standing| standing.is_active && standing.tenant == identity.tenant)
            }
        }
    }

    /// Reads what other processes changed.
    ///
    /// # Errors
    /// When the store fails; what is in memory stays.
    pub async fn refresh(&self) -> Result<(), KeyError> {
        self.roster.refresh().await?;
        // Clocks of processes differ: what changed a little before the newest change is read again.
        let since = self.read().changed_at - CLOCK_SKEW_S;
        let changed = store::changed_since(&self.db, since).await?;
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        for stored in changed {
            known.changed_at = known.changed_at.max(stored.changed_at);
            if stored.info.revoked_at.is_some() {
                known.by_hash.remove(&stored.hash);
            } else {
                known.by_hash.insert(stored.hash, Arc::new(identity(stored.info)));
            }
        }
        Ok(())
    }

    /// Makes a key and returns its text, which is nowhere else.
    ///
    /// # Errors
    /// When a field breaks a rule, or the key cannot be recorded or stored.
    pub async fn create(&self, new: NewKey) -> Result<String, KeyError> {
        Ok(self.create_by(new, CLI).await?.0)
    }

    /// As [`Keys::create`], by somebody else than the operator; with the id of the key.
    ///
    /// # Errors
    /// As [`Keys::create`].
    pub async fn create_by(&self, new: NewKey, actor: &str) -> Result<(String, String), KeyError> {
        let text = match &new.given {
            Some(given) => given.expose_secret().to_owned(),
            None => text::generate()?,
        };
        self.roster.refresh().await?;
        let info = self.check(&new, &text)?;
        let event = catalogue::key_created(info.created_at, &info.id, &info.name, &info.scopes);
        self.journal.append_durable(&event.of(&info.tenant).by(actor)).await?;
        store::insert(&self.db, &info, &self.hash(&text), None).await?;
        self.refresh().await?;
        Ok((text, info.id))
    }

    /// Makes a key in the place of another one, which stays valid for the overlap; returns the new one's text.
    ///
    /// # Errors
    /// When there is no such key or it is no longer valid, or the change cannot be recorded or stored.
    pub async fn rotate(&self, id: &str, overlap: jiff::SignedDuration) -> Result<String, KeyError> {
        Ok(self.rotate_by(id, overlap, CLI).await?.0)
    }

    /// As [`Keys::rotate`], by somebody else than the operator; with the id of the new key.
    ///
    /// # Errors
    /// As [`Keys::rotate`].
    pub async fn rotate_by(
        &self,
        id: &str,
        overlap: jiff::SignedDuration,
        actor: &str,
    ) -> Result<(String, String), KeyError> {
        let now = self.clock.now();
        let old = self.one(id).await?;
        let over = old.revoked_at.or(old.expires_at.filter(|at| *at <= now)).or(old.replaced_by.as_ref().map(|_| now));
        if over.is_some() {
            return Err(KeyError::Invalid(format!("the API key `{id}` has ended or was replaced already")));
        }
        let text = text::generate()?;
        let ends_at = now.checked_add(overlap).map_err(|error| KeyError::Invalid(format!("--overlap: {error}")))?;
        let ends_at = old.expires_at.map_or(ends_at, |at| at.min(ends_at));
        let info = KeyInfo { id: text::new_id()?, hint: text::hint(&text), created_at: now, last_used_at: None, ..old };
        let event = catalogue::key_rotated(now, id, &info.id, ends_at).of(&info.tenant).by(actor);
        self.journal.append_durable(&event).await?;
        store::insert(&self.db, &info, &self.hash(&text), Some((id, ends_at))).await?;
        self.refresh().await?;
        Ok((text, info.id))
    }

    /// Revokes a key. Other processes notice within a second.
    ///
    /// # Errors
    /// When there is no such key, or the change cannot be recorded or stored.
    pub async fn revoke(&self, id: &str) -> Result<(), KeyError> {
        self.revoke_by(id, CLI).await
    }

    /// As [`Keys::revoke`], by somebody else than the operator.
    ///
    /// # Errors
    /// As [`Keys::revoke`].
    pub async fn revoke_by(&self, id: &str, actor: &str) -> Result<(), KeyError> {
        let info = self.one(id).await?;
        let now = self.clock.now();
        self.journal.append_durable(&catalogue::key_revoked(now, id).of(&info.tenant).by(actor)).await?;
        store::revoke(&self.db, id, now).await?;
        self.refresh().await
    }

    /// All keys, oldest first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn list(&self) -> Result<Vec<KeyInfo>, KeyError> {
        Ok(store::changed_since(&self.db, 0).await?.into_iter().map(|stored| stored.info).collect())
    }

    /// A page of a tenant's keys by id, after this one.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn page(&self, tenant: &str, after: &str, limit: i64) -> Result<Vec<KeyInfo>, KeyError> {
        Ok(store::page(&self.db, tenant, after, limit).await?.into_iter().map(|stored| stored.info).collect())
    }

    /// One key.
    ///
    /// # Errors
    /// When there is none, or the store fails.
    pub async fn one(&self, id: &str) -> Result<KeyInfo, KeyError> {
        let all = self.list().await?;
        all.into_iter().find(|info| info.id == id).ok_or_else(|| KeyError::Missing(id.to_owned()))
    }

    fn check(&self, new: &NewKey, text: &str) -> Result<KeyInfo, KeyError> {
        let now = self.clock.now();
        let invalid = |message: String| Err(KeyError::Invalid(message));
        if new.name.trim().is_empty() || new.name.len() > 128 {
            return invalid("--name: must have 1 to 128 characters".to_owned());
        }
        if let Some(unknown) = new.scopes.iter().find(|scope| !is_scope(scope)) {
            return invalid(format!("--scopes: `{unknown}` is none of {} and no action", SCOPES.join(", ")));
        }
        if new.scopes.is_empty() {
            return invalid(format!("--scopes: name at least one of {}", SCOPES.join(", ")));
        }
        if new.expires_at.is_some_and(|at| at <= now) {
            return invalid("--expires: is in the past".to_owned());
        }
        if !text::is_well_formed(text) {
            return invalid(
                "the given key is not well-formed: `pc-`, 34 characters of base62 and their CRC-32".to_owned(),
            );
        }
        let tenant = match &new.owner {
            None => DEFAULT_TENANT.to_owned(),
            Some(owner) => match self.roster.find(owner).filter(|standing| standing.is_active) {
                Some(standing) => standing.tenant.clone(),
                None => return invalid(format!("--owner: there is no active user `{owner}`")),
            },
        };
        Ok(KeyInfo {
            id: text::new_id()?,
            name: new.name.clone(),
            hint: text::hint(text),
            tenant,
            owner: new.owner.clone().unwrap_or_else(|| CLI.to_owned()),
            last_used_at: None,
            app: new.app.clone(),
            scopes: new.scopes.clone(),
            models: new.models.clone(),
            created_at: now,
            expires_at: new.expires_at,
            revoked_at: None,
            replaced_by: None,
        })
    }

    /// Unknown keys cost a look at the database, so there is one in a while for all of them together.
    fn may_look_up(&self) -> bool {
        let now_ms = self.clock.now().as_millisecond();
        let last_ms = self.looked_up_ms.load(Ordering::Relaxed);
        now_ms - last_ms >= LOOK_UP_EVERY_MS
            && self.looked_up_ms.compare_exchange(last_ms, now_ms, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    fn hash(&self, text: &str) -> Hash {
        let mut hash = [0; 32];
        hash.copy_from_slice(hmac::sign(&self.hasher, text.as_bytes()).as_ref());
        hash
    }

    fn known(&self, hash: &Hash) -> Option<Arc<Identity>> {
        self.read().by_hash.get(hash).cloned()
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }
}

fn identity(info: KeyInfo) -> Identity {
    Identity {
        actor: info.id,
        name: info.name,
        tenant: info.tenant,
        app: info.app,
        session: None,
        owner: Some(info.owner),
        auth_time: None,
        acr: None,
        scopes: info.scopes,
        models: info.models,
        ends_at: info.expires_at,
    }
}
