//! All counters of this node: in shards, within a cap, several at a time.
//!
//! A counter is forgotten only when nothing counts in it, so that nobody gets a fresh one by making others. When all places
//! are taken, those who have no counter yet are counted together, in one for each limit: who floods the table shares
//! what is left with the other newcomers, and those who were there before notice nothing.
//!
//! Invariants: shards are locked in their order, so that two requests never wait for each other; no lock outlives a call.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use prometheus_client::metrics::counter::Counter as Metric;

use super::counter::Counter;
use super::rule::Rule;

const SHARDS: usize = 64;
/// How often a full shard is looked through for what can be forgotten.
const SWEPT_EVERY_MS: u64 = 1_000;

/// An amount that is asked of one counter.
#[derive(Debug, Clone)]
pub(super) struct Claim {
    /// The limit.
    pub rule: Arc<Rule>,
    /// The counter.
    pub key: Arc<str>,
    /// How much.
    pub amount: u64,
}

/// The counters.
#[derive(Debug)]
pub(super) struct Table {
    shards: Box<[Mutex<Shard>]>,
    hasher: RandomState,
    shard_max: usize,
    /// Requests that were counted together with those of others for want of room.
    pub(super) crowded: Metric,
}

#[derive(Debug, Default)]
struct Shard {
    counters: HashMap<Arc<str>, Counter>,
    swept_ms: u64,
}

/// The counters of some claims, locked.
pub(super) struct Locked<'t> {
    guards: Vec<(usize, MutexGuard<'t, Shard>)>,
    places: Vec<usize>,
}

impl Table {
    /// Room for so many counters.
    pub(super) fn new(counters_max: usize) -> Self {
        let shards = (0..SHARDS).map(|_| Mutex::default()).collect();
        let shard_max = counters_max.div_ceil(SHARDS).max(1);
        Self { shards, hasher: RandomState::new(), shard_max, crowded: Metric::default() }
    }

    /// Locks the counters of claims, and makes those that are missing. A claim for which there is no room becomes one of
    /// the counter of everybody else.
    pub(super) fn lock(&self, claims: &mut [Claim], now_ms: u64) -> Locked<'_> {
        loop {
            let mut locked = self.guards(claims);
            match self.place(&mut locked, claims, now_ms) {
                None => return locked,
                Some(homeless) => {
                    drop(locked);
                    self.crowded.inc();
                    claims[homeless].key = claims[homeless].rule.key_of_everybody_else().into();
                }
            }
        }
    }

    fn guards(&self, claims: &[Claim]) -> Locked<'_> {
        let shards: Vec<usize> = claims.iter().map(|claim| self.shard(&claim.key)).collect();
        let mut order = shards.clone();
        order.sort_unstable();
        order.dedup();
        let guards: Vec<_> = order.iter().map(|shard| (*shard, self.guard(*shard))).collect();
        let places = shards.iter().map(|shard| order.binary_search(shard).unwrap_or_default()).collect();
        Locked { guards, places }
    }

    /// Makes missing counters; the first claim that has no room.
    fn place(&self, locked: &mut Locked<'_>, claims: &[Claim], now_ms: u64) -> Option<usize> {
        for (at, claim) in claims.iter().enumerate() {
            let shard = &mut locked.guards[locked.places[at]].1;
            if let Some(counter) = shard.counters.get_mut(&claim.key) {
                counter.adapt(&claim.rule, now_ms);
                continue;
            }
            let is_everybody_else = *claim.key == *claim.rule.key_of_everybody_else();
            if shard.counters.len() >= self.shard_max && !is_everybody_else && !shard.sweep(now_ms, self.shard_max) {
                return Some(at);
            }
            shard.counters.insert(claim.key.clone(), Counter::new(&claim.rule));
        }
        None
    }

    /// Looks at one counter, if there is one.
    pub(super) fn with<T>(&self, key: &str, look: impl FnOnce(&mut Counter) -> T) -> Option<T> {
        self.guard(self.shard(key)).counters.get_mut(key).map(look)
    }

    /// Looks at one counter, which is made when there is none, room or not.
    pub(super) fn with_own<T>(
        &self,
        rule: &Rule,
        key: &Arc<str>,
        now_ms: u64,
        look: impl FnOnce(&mut Counter) -> T,
    ) -> T {
        let mut shard = self.guard(self.shard(key));
        let counter = shard.counters.entry(key.clone()).or_insert_with(|| Counter::new(rule));
        counter.adapt(rule, now_ms);
        look(counter)
    }

    /// Looks at all counters, shard by shard.
    pub(super) fn each(&self, mut look: impl FnMut(&Arc<str>, &mut Counter)) {
        for shard in 0..SHARDS {
            for (key, counter) in &mut self.guard(shard).counters {
                look(key, counter);
            }
        }
    }

    /// Forgets what counts nothing, and says how many counters are left.
    pub(super) fn sweep(&self, now_ms: u64) -> usize {
        (0..SHARDS)
            .map(|shard| {
                let mut shard = self.guard(shard);
                shard.counters.retain(|_, counter| !counter.is_idle(now_ms));
                shard.counters.len()
            })
            .sum()
    }

    fn shard(&self, key: &str) -> usize {
        (self.hasher.hash_one(key) >> 32) as usize % SHARDS
    }

    fn guard(&self, shard: usize) -> MutexGuard<'_, Shard> {
        self.shards[shard].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shard {
    /// Forgets what counts nothing, not too often, and says whether there is room.
    fn sweep(&mut self, now_ms: u64, counters_max: usize) -> bool {
        if now_ms >= self.swept_ms + SWEPT_EVERY_MS || now_ms < self.swept_ms {
            self.swept_ms = now_ms;
            self.counters.retain(|_, counter| !counter.is_idle(now_ms));
        }
        self.counters.len() < counters_max
    }
}

impl Locked<'_> {
    /// The counter of a claim.
    pub(super) fn counter(&mut self, at: usize, claim: &Claim) -> &mut Counter {
        let shard = &mut self.guards[self.places[at]].1;
        shard.counters.entry(claim.key.clone()).or_insert_with(|| Counter::new(&claim.rule))
    }
}
