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
    /// Where each counter stands.
    places: HashMap<Arc<str>, usize>,
    counters: Vec<Counter>,
    /// Places of counters that were forgotten.
    free: Vec<usize>,
    swept_ms: u64,
}

/// The counters of some claims, locked.
pub(super) struct Locked<'t> {
    guards: Vec<(usize, MutexGuard<'t, Shard>)>,
    /// For each claim, which of the guards, and where in its shard.
    places: Vec<(usize, usize)>,
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
        let places = shards.iter().map(|shard| (order.binary_search(shard).unwrap_or_default(), 0)).collect();
        Locked { guards, places }
    }

    /// Finds the counters, and makes those that are missing; the first claim that has no room.
    fn place(&self, locked: &mut Locked<'_>, claims: &[Claim], now_ms: u64) -> Option<usize> {
        for (at, claim) in claims.iter().enumerate() {
            let (guard, place) = &mut locked.places[at];
            let shard = &mut locked.guards[*guard].1;
            if let Some(known) = shard.places.get(&claim.key).copied() {
                *place = known;
                shard.counters[known].adapt(&claim.rule, now_ms);
                continue;
            }
            let is_everybody_else = *claim.key == *claim.rule.key_of_everybody_else();
            if shard.places.len() >= self.shard_max && !is_everybody_else && !shard.make_room(now_ms, self.shard_max) {
                return Some(at);
            }
            *place = shard.insert(&claim.key, &claim.rule);
        }
        None
    }

    /// Looks at one counter, if there is one.
    pub(super) fn with<T>(&self, key: &str, look: impl FnOnce(&mut Counter) -> T) -> Option<T> {
        let shard = &mut *self.guard(self.shard(key));
        let place = *shard.places.get(key)?;
        Some(look(&mut shard.counters[place]))
    }

    /// Looks at one counter, which is made when there is none, room or not.
    pub(super) fn with_own<T>(
        &self,
        rule: &Rule,
        key: &Arc<str>,
        now_ms: u64,
        look: impl FnOnce(&mut Counter) -> T,
    ) -> T {
        let shard = &mut *self.guard(self.shard(key));
        let known = shard.places.get(key).copied();
        let place = known.unwrap_or_else(|| shard.insert(key, rule));
        shard.counters[place].adapt(rule, now_ms);
        look(&mut shard.counters[place])
    }

    /// Looks at all counters, shard by shard.
    pub(super) fn each(&self, mut look: impl FnMut(&Arc<str>, &mut Counter)) {
        for shard in 0..SHARDS {
            let shard = &mut *self.guard(shard);
            for (key, place) in &shard.places {
                look(key, &mut shard.counters[*place]);
            }
        }
    }

    /// Forgets what counts nothing, and says how many counters are left.
    pub(super) fn sweep(&self, now_ms: u64) -> usize {
        let sweep = |shard| {
            let shard = &mut *self.guard(shard);
            shard.sweep(now_ms);
            shard.places.len()
        };
        (0..SHARDS).map(sweep).sum()
    }

    fn shard(&self, key: &str) -> usize {
        (self.hasher.hash_one(key) >> 32) as usize % SHARDS
    }

    fn guard(&self, shard: usize) -> MutexGuard<'_, Shard> {
        self.shards[shard].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shard {
    /// Makes a counter.
    fn insert(&mut self, key: &Arc<str>, rule: &Rule) -> usize {
        let counter = Counter::new(rule);
        let place = match self.free.pop() {
            Some(place) => {
                self.counters[place] = counter;
                place
            }
            None => {
                self.counters.push(counter);
                self.counters.len() - 1
            }
        };
        self.places.insert(key.clone(), place);
        place
    }

    /// Forgets what counts nothing, not too often, and says whether there is room.
    fn make_room(&mut self, now_ms: u64, counters_max: usize) -> bool {
        if now_ms >= self.swept_ms + SWEPT_EVERY_MS || now_ms < self.swept_ms {
            self.swept_ms = now_ms;
            self.sweep(now_ms);
        }
        self.places.len() < counters_max
    }

    fn sweep(&mut self, now_ms: u64) {
        let (counters, free) = (&mut self.counters, &mut self.free);
        self.places.retain(|_, place| {
            let is_idle = counters[*place].is_idle(now_ms);
            if is_idle {
                counters[*place].shrink();
                free.push(*place);
            }
            !is_idle
        });
    }
}

impl Locked<'_> {
    /// The counter of a claim.
    pub(super) fn counter(&mut self, at: usize) -> &mut Counter {
        let (guard, place) = self.places[at];
        &mut self.guards[guard].1.counters[place]
    }
}
