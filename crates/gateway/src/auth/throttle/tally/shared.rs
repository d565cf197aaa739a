//! Counts that several nodes share: in Redis, and in the database while Redis does not answer.
//!
//! While Redis is lost it is tried again once a second; all else goes to the database at once. What this node counted in
//! the one place lately is carried over to the other when it is asked for again, so that an attacker gains no fresh budget
//! by the loss, nor by the return of an empty Redis.
//!
//! Invariants: nobody is let in uncounted: when the database fails too, the attempt fails. Each change of state is one
//! line in the log and one event. **Limits:** a node that cannot reach Redis while others can counts beside them, and
//! what is carried over is what this process remembers (the last 50,000 subjects).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use async_trait::async_trait;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use quick_cache::sync::Cache;

use super::super::budget::Count;
use super::{RedisTally, StoreTally, Subject, Tally};
use crate::clock::Clock;
use crate::event::Event;
use crate::event::catalogue;
use crate::event::journal::Journal;
use crate::store::StoreError;

/// How often a lost Redis is tried again.
const AGAIN_MS: i64 = 1_000;
const REMEMBERED: usize = 50_000;

/// Redis first, the database when it is lost.
#[derive(Debug)]
pub struct SharedTally {
    redis: RedisTally,
    store: StoreTally,
    /// The last counts of this node, and where they stand.
    last: Cache<Subject, (Count, Place)>,
    journal: Arc<Journal>,
    clock: Arc<dyn Clock>,
    is_lost: AtomicBool,
    again_ms: AtomicI64,
    health: Health,
}

/// What the metrics show of it.
#[derive(Debug, Clone, Default)]
pub struct Health {
    /// Questions that the database answered in the place of Redis.
    pub fallbacks: Counter,
    /// 1 while Redis answers.
    pub up: Gauge,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Redis,
    Store,
}

impl SharedTally {
    /// Takes both places.
    pub fn new(redis: RedisTally, store: StoreTally, journal: Arc<Journal>, clock: Arc<dyn Clock>) -> Self {
        let health = Health::default();
        health.up.set(1);
        let (is_lost, again_ms) = (AtomicBool::new(false), AtomicI64::new(0));
        Self { redis, store, last: Cache::new(REMEMBERED), journal, clock, is_lost, again_ms, health }
    }

    /// What the metrics show.
    pub fn health(&self) -> Health {
        self.health.clone()
    }

    /// The answer of Redis, unless it is lost.
    async fn in_redis<T>(&self, asked: impl Future<Output = Result<T, StoreError>> + Send) -> Option<T> {
        if self.is_there().await {
            match asked.await {
                Ok(answer) => return Some(answer),
                Err(error) => self.lost(&error),
            }
        }
        self.health.fallbacks.inc();
        None
    }

    /// Whether Redis is there. One that was lost is tried once a second, by one attempt, with a write: one that is full
    /// or a copy answers questions and keeps nothing.
    async fn is_there(&self) -> bool {
        if !self.is_lost.load(Ordering::Acquire) {
            return true;
        }
        let (now_ms, again_ms) = (self.now_ms(), self.again_ms.load(Ordering::Acquire));
        let is_mine = now_ms >= again_ms
            && self.again_ms.compare_exchange(again_ms, now_ms + AGAIN_MS, Ordering::AcqRel, Ordering::Relaxed).is_ok();
        if !is_mine {
            return false;
        }
        let probed = self.redis.probe().await;
        match &probed {
            Ok(()) => self.found(),
            Err(error) => self.lost(error),
        }
        probed.is_ok()
    }

    fn found(&self) {
        if self.is_lost.load(Ordering::Acquire) && self.is_lost.swap(false, Ordering::AcqRel) {
            self.health.up.set(1);
            tracing::warn!("Redis answers again: attempts are counted there");
            self.record(&catalogue::redis_restored(self.clock.now()));
        }
    }

    fn lost(&self, error: &StoreError) {
        self.again_ms.store(self.now_ms() + AGAIN_MS, Ordering::Release);
        if !self.is_lost.swap(true, Ordering::AcqRel) {
            self.health.up.set(0);
            let error = error as &dyn std::error::Error;
            tracing::warn!(error, "Redis does not answer: attempts are counted in the database");
            self.record(&catalogue::redis_lost(self.clock.now()));
        }
    }

    /// Counting goes on when this cannot be recorded: it is what protects.
    fn record(&self, event: &Event) {
        if let Err(error) = self.journal.append(event) {
            tracing::error!(error = &error as &dyn std::error::Error, "a change of Redis was not recorded");
        }
    }

    /// The count of a place, or what this node counted later in the other one.
    async fn carried(&self, subject: &Subject, there: Count, place: Place) -> Result<Count, StoreError> {
        let Some((own, from)) = self.last.get(subject) else { return Ok(there) };
        if from == place || own == there || own.last_ms < there.last_ms {
            return Ok(there);
        }
        let is_carried = match place {
            Place::Redis => self.in_redis(self.redis.swap(subject, there, own)).await.unwrap_or(false),
            Place::Store => self.store.swap(subject, there, own).await?,
        };
        if is_carried {
            self.last.insert(*subject, (own, place));
        }
        // Where somebody was faster, the swap that follows fails and it is read again.
        Ok(if is_carried { own } else { there })
    }

    fn now_ms(&self) -> i64 {
        self.clock.now().as_millisecond()
    }
}

#[async_trait]
impl Tally for SharedTally {
    async fn read(&self, subject: &Subject) -> Result<Count, StoreError> {
        match self.in_redis(self.redis.read(subject)).await {
            Some(count) => self.carried(subject, count, Place::Redis).await,
            None => self.carried(subject, self.store.read(subject).await?, Place::Store).await,
        }
    }

    async fn swap(&self, subject: &Subject, old: Count, new: Count) -> Result<bool, StoreError> {
        let (is_swapped, place) = match self.in_redis(self.redis.swap(subject, old, new)).await {
            Some(is_swapped) => (is_swapped, Place::Redis),
            None => (self.store.swap(subject, old, new).await?, Place::Store),
        };
        if is_swapped {
            self.last.insert(*subject, (new, place));
        }
        Ok(is_swapped)
    }

    async fn spend(&self, subject: &Subject, now_ms: i64, life_ms: i64) -> Result<bool, StoreError> {
        // What was spent lately is spent, wherever that stands.
        if self.last.get(subject).is_some_and(|(count, _)| count.last_ms > now_ms - life_ms) {
            return Ok(false);
        }
        let (is_first, place) = match self.in_redis(self.redis.spend(subject, now_ms, life_ms)).await {
            Some(is_first) => (is_first, Place::Redis),
            None => (self.store.spend(subject, now_ms, life_ms).await?, Place::Store),
        };
        if is_first {
            self.last.insert(*subject, (Count::spent(now_ms), place));
        }
        Ok(is_first)
    }

    async fn sweep(&self, before_ms: i64) -> Result<u64, StoreError> {
        self.store.sweep(before_ms).await
    }
}
