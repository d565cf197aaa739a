//! Revocation: which access tokens are refused although they have not expired.
//!
//! What is revoked is in memory, by subject: a session, a person, a client, a tenant, or all. Revocations are numbered in the
//! order of their transactions, and a session remembers the last number before it began: what has a smaller number than a
//! revocation of its subject is refused, and a login after it holds at once, whatever clocks say. Each process reads the table twice a second, so what one revokes the others refuse within
//! a second. An entry is forgotten when all tokens it speaks of have expired.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};

use serde::Deserialize;

use super::access::Claims;
use super::store::revocation::{self as store, Stored};
use crate::auth::session::store::Which;
use crate::store::{Db, StoreError};

/// How far the clocks of two processes may differ in `changed_at`.
const CLOCK_SKEW_S: i64 = 300;

/// Whose tokens.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Subject {
    /// Of one session.
    #[serde(rename = "sid")]
    Session(String),
    /// Of one person.
    User(String),
    /// Issued to one client.
    Client(String),
    /// Of one tenant.
    Tenant(String),
    /// Of everybody.
    All,
}

/// What is revoked.
#[derive(Debug, Default)]
pub(super) struct Revocations {
    known: RwLock<Known>,
    /// Grows with every change: what was verified before has to be looked at again.
    epoch: AtomicU64,
}

#[derive(Debug, Default)]
struct Known {
    by_kind: HashMap<&'static str, HashMap<String, Until>>,
    /// The newest change that was read.
    changed_at: i64,
}

/// Which sessions are refused: those that began before this number; and until when that matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Until {
    number: i64,
    ends_at: i64,
}

const KINDS: [&str; 5] = ["session", "user", "client", "tenant", "all"];

impl Subject {
    /// The kind of subject.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Session(_) => "session",
            Self::User(_) => "user",
            Self::Client(_) => "client",
            Self::Tenant(_) => "tenant",
            Self::All => "all",
        }
    }

    /// Which one.
    pub fn id(&self) -> &str {
        match self {
            Self::Session(id) | Self::User(id) | Self::Client(id) | Self::Tenant(id) => id,
            Self::All => "",
        }
    }

    pub(super) fn which(&self) -> Which<'_> {
        match self {
            Self::Session(id) => Which::Session(id),
            Self::User(id) => Which::User(id),
            Self::Client(id) => Which::Client(id),
            Self::Tenant(id) => Which::Tenant(id),
            Self::All => Which::All,
        }
    }
}

impl Revocations {
    /// Changes whenever something was revoked.
    pub(super) fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Acquire)
    }

    /// Whether a token with these claims is refused.
    pub(super) fn covers(&self, claims: &Claims) -> bool {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let number =
            |kind, id| known.by_kind.get(kind).and_then(|ids: &HashMap<_, Until>| ids.get(id)).map(|u| u.number);
        subjects(claims).any(|(kind, id)| number(kind, id).is_some_and(|number| claims.ep < number))
    }

    /// Takes over what this process, or another one, stored.
    fn add(&self, stored: &[Stored]) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let mut has_changed = false;
        for revocation in stored {
            let Some(kind) = KINDS.into_iter().find(|kind| *kind == revocation.kind) else { continue };
            known.changed_at = known.changed_at.max(revocation.changed_at);
            let until = Until { number: revocation.number, ends_at: revocation.ends_at };
            let ids = known.by_kind.entry(kind).or_default();
            let is_later = ids.get(&revocation.subject).is_none_or(|known| known.number < until.number);
            if is_later {
                ids.insert(revocation.subject.clone(), until);
                has_changed = true;
            }
        }
        if has_changed {
            self.epoch.fetch_add(1, Ordering::AcqRel);
        }
    }

    /// Reads what other processes revoked, and forgets what has passed.
    pub(super) async fn refresh(&self, db: &Db, now: i64) -> Result<(), StoreError> {
        let since = self.known.read().unwrap_or_else(PoisonError::into_inner).changed_at - CLOCK_SKEW_S;
        let changed = store::changed_since(db, since, now).await?;
        self.add(&changed);
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.by_kind.values_mut().for_each(|ids| ids.retain(|_, until| until.ends_at > now));
        Ok(())
    }
}

/// The subjects that a token belongs to, its session and itself first.
fn subjects(claims: &Claims) -> impl Iterator<Item = (&'static str, &str)> {
    [
        ("session", claims.sid.as_str()),
        ("session", claims.jti.as_str()),
        ("user", claims.sub.as_str()),
        ("client", claims.client_id.as_str()),
        ("tenant", claims.tenant.as_str()),
        ("all", ""),
    ]
    .into_iter()
}
