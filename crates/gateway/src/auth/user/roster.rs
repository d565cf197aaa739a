//! Who is active, of which tenant, in which roles: in memory, because every request asks.
//!
//! What this process changes holds at once; what another one changes, after the next [`Roster::refresh`], which runs every
//! second. All users are kept, at about 200 bytes each.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use super::store;
use crate::store::{Db, StoreError};

/// How far the clocks of two processes may differ.
const CLOCK_SKEW_S: i64 = 300;

/// How a user stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Whose they are.
    pub tenant: String,
    /// Their roles.
    pub roles: Vec<String>,
    /// Their team.
    pub team: Option<String>,
    /// Whether they may act.
    pub is_active: bool,
}

/// The standing of all users.
#[derive(Debug)]
pub struct Roster {
    db: Db,
    known: RwLock<Known>,
    generation: AtomicU64,
    /// One at a time, so that an older reading never replaces a newer one.
    reading: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct Known {
    by_id: HashMap<String, Arc<Standing>>,
    changed_at: i64,
}

impl Roster {
    /// Reads all users.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn open(db: Db) -> Result<Self, StoreError> {
        let roster = Self {
            db,
            known: RwLock::default(),
            generation: AtomicU64::new(0),
            reading: tokio::sync::Mutex::default(),
        };
        roster.refresh().await?;
        Ok(roster)
    }

    /// How a user stands; `None` when there is none of this id.
    pub fn find(&self, id: &str) -> Option<Arc<Standing>> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).by_id.get(id).cloned()
    }

    /// Rises with every change.
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Reads what changed, here or in another process.
    ///
    /// # Errors
    /// When the store fails; what is in memory stays.
    pub async fn refresh(&self) -> Result<(), StoreError> {
        let _reading = self.reading.lock().await;
        let since = self.known.read().unwrap_or_else(PoisonError::into_inner).changed_at - CLOCK_SKEW_S;
        let changed = store::standings_since(&self.db, since).await?;
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let mut has_changed = false;
        for (id, standing, changed_at) in changed {
            known.changed_at = known.changed_at.max(changed_at);
            if known.by_id.get(&id).is_none_or(|own| **own != standing) {
                known.by_id.insert(id, Arc::new(standing));
                has_changed = true;
            }
        }
        drop(known);
        if has_changed {
            self.generation.fetch_add(1, Ordering::AcqRel);
        }
        Ok(())
    }
}
