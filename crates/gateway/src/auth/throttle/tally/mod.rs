//! Where counts are kept: Redis or the database, for all nodes and over restarts; memory, for what does not matter that
//! much. Another store has to do what [`Tally`] says.

mod redis;
mod shared;

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;

use super::budget::Count;
use super::store;
use crate::store::{Db, StoreError};

pub use redis::RedisTally;
pub use shared::{Health, SharedTally};

/// A subject's name: a keyed hash, so that no address stands in the store.
pub type Subject = [u8; 32];

/// Keeps counts by subject.
#[async_trait]
pub trait Tally: std::fmt::Debug + Send + Sync {
    /// Reads a count; nothing is known about a new subject.
    async fn read(&self, subject: &Subject) -> Result<Count, StoreError>;

    /// Writes `new` if the count is still `old`, and says whether it was.
    async fn swap(&self, subject: &Subject, old: Count, new: Count) -> Result<bool, StoreError>;

    /// Takes something that may be used once within `life_ms`, and says whether this was the first time.
    async fn spend(&self, subject: &Subject, now_ms: i64, life_ms: i64) -> Result<bool, StoreError> {
        let old = self.read(subject).await?;
        let is_over = old.last_ms <= now_ms - life_ms;
        Ok((old == Count::default() || is_over) && self.swap(subject, old, Count::spent(now_ms)).await?)
    }

    /// Forgets what was last counted before this time.
    async fn sweep(&self, before_ms: i64) -> Result<u64, StoreError>;
}

/// Counts in the database.
#[derive(Debug)]
pub struct StoreTally(pub Db);

#[async_trait]
impl Tally for StoreTally {
    async fn read(&self, subject: &Subject) -> Result<Count, StoreError> {
        store::read(&self.0, subject).await
    }

    async fn swap(&self, subject: &Subject, old: Count, new: Count) -> Result<bool, StoreError> {
        store::swap(&self.0, subject, old, new).await
    }

    async fn sweep(&self, before_ms: i64) -> Result<u64, StoreError> {
        store::sweep(&self.0, before_ms).await
    }
}

/// Counts in memory, at most so many; when it is full, all are forgotten.
#[derive(Debug)]
pub struct MemoryTally {
    counts: Mutex<HashMap<Subject, Count>>,
    subjects_max: usize,
}

impl MemoryTally {
    /// For at most so many subjects.
    pub fn new(subjects_max: usize) -> Self {
        Self { counts: Mutex::default(), subjects_max }
    }
}

#[async_trait]
impl Tally for MemoryTally {
    async fn read(&self, subject: &Subject) -> Result<Count, StoreError> {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(counts.get(subject).copied().unwrap_or_default())
    }

    async fn swap(&self, subject: &Subject, old: Count, new: Count) -> Result<bool, StoreError> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.get(subject).copied().unwrap_or_default() != old {
            return Ok(false);
        }
        if counts.len() >= self.subjects_max {
            counts.clear();
        }
        counts.insert(*subject, new);
        Ok(true)
    }

    async fn sweep(&self, before_ms: i64) -> Result<u64, StoreError> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let before = counts.len();
        counts.retain(|_, count| count.last_ms >= before_ms);
        Ok((before - counts.len()) as u64)
    }
}
