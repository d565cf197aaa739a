//! Several nodes count together in Redis, and admit no more together than one would.
//!
//! A request asks Redis once for all its limits. A counter that is asked often gets some ahead, so that most requests on it
//! need not ask; what is left over goes back when the rush is over, and the less is left of a limit the less is given
//! ahead. What was used is told with the next question, or within 250 ms.
//!
//! While Redis is lost each node counts for itself and lets pass its share of every limit, or refuses, as configured; it is
//! tried again once a second, and then told what was used meanwhile. What this node used before the loss counts on.
//!
//! Invariants: what Redis counts and what nodes claim is never less than what is let pass; a question that was lost, came
//! twice or late changes nothing of that; the claim of a node that died counts as used after 30 s; no lock is held while
//! Redis is waited for. **Limits:** a Redis that lost its data learns what each node used when that node asks again, within
//! 250 ms where something is under way; until then others may let pass what was used there.
//! Requests of one node that ask at the same moment count each other as pending, so near the end of a limit one may be
//! refused that would have fitted alone; it asks four times, some milliseconds apart.

mod script;
mod trip;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use aws_lc_rs::hmac;
use prometheus_client::metrics::counter::Counter as Metric;
use prometheus_client::metrics::gauge::Gauge;

use super::config::{LimiterConfig, WithoutRedis};
use super::table::{Claim, Table};
use crate::store::StoreError;
use crate::store::redis::Redis;
use script::{Item, Script};

pub(super) use trip::Asked;

/// How often a lost Redis is tried again.
const AGAIN_MS: u64 = 1_000;
/// How often a hot counter tells what was used, when it does not ask.
const TOLD_HOT_MS: u64 = 1_000;
/// How often a claim is renewed of which something is held.
const RENEWED_MS: u64 = 10_000;
/// Counters in one message of what was used.
const TOLD_AT_ONCE: usize = 64;

/// The counters in Redis.
#[derive(Debug)]
pub(super) struct Shared {
    script: Script,
    refuses: bool,
    nodes: u64,
    is_lost: AtomicBool,
    again_ms: AtomicU64,
    /// Counters of which Redis does not know all yet.
    untold: Mutex<Vec<Claim>>,
    pub(super) health: Health,
}

/// What the metrics show of it.
#[derive(Debug, Clone, Default)]
pub(super) struct Health {
    /// 1 while limits are counted in Redis.
    pub(super) up: Gauge,
    /// Questions.
    pub(super) trips: Metric,
    /// Requests that were decided without it.
    pub(super) fallbacks: Metric,
}

/// What became of Redis by the last question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// It does not answer any more.
    Lost,
    /// It answers again.
    Found,
}

impl Shared {
    pub(super) fn new(redis: Redis, names: hmac::Key, config: &LimiterConfig) -> Self {
        let health = Health::default();
        health.up.set(1);
        Self {
            script: Script::new(redis, names),
            refuses: config.without_redis == WithoutRedis::Refuse,
            nodes: u64::from(config.nodes),
            is_lost: AtomicBool::new(false),
            again_ms: AtomicU64::new(0),
            untold: Mutex::default(),
            health,
        }
    }

    /// Whether nothing passes while Redis is lost.
    pub(super) fn refuses(&self) -> bool {
        self.refuses
    }

    /// How many nodes share each limit while Redis is lost.
    pub(super) fn nodes(&self) -> u64 {
        self.nodes
    }

    /// Whether to ask. One that was lost is asked once a second, by one request.
    pub(super) fn is_there(&self, now_ms: u64) -> bool {
        if !self.is_lost.load(Ordering::Acquire) {
            return true;
        }
        let again_ms = self.again_ms.load(Ordering::Acquire);
        let next_ms = now_ms + AGAIN_MS;
        now_ms >= again_ms
            && self.again_ms.compare_exchange(again_ms, next_ms, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    }

    /// Takes note of an answer, or that there was none; says what changed.
    pub(super) fn heard<T>(&self, answer: &Result<T, StoreError>, table: &Table, now_ms: u64) -> Option<Change> {
        self.health.trips.inc();
        let is_lost = answer.is_err();
        if is_lost {
            self.again_ms.store(now_ms + AGAIN_MS, Ordering::Release);
        }
        if self.is_lost.swap(is_lost, Ordering::AcqRel) == is_lost {
            return None;
        }
        self.health.up.set(i64::from(!is_lost));
        if is_lost {
            table.each(|_, counter| {
                if let Some(lease) = &mut counter.lease {
                    lease.lose();
                }
            });
        }
        Some(if is_lost { Change::Lost } else { Change::Found })
    }

    /// Notes that Redis does not know all of a counter.
    pub(super) fn list(&self, claim: &Claim) {
        self.untold.lock().unwrap_or_else(PoisonError::into_inner).push(claim.clone());
    }

    /// Tells Redis what was used, hands back what is not needed any more, and renews what is.
    pub(super) async fn tell(&self, table: &Table, now_ms: u64) -> Option<Change> {
        if self.is_lost.load(Ordering::Acquire) && !self.is_there(now_ms) {
            return None;
        }
        let listed = std::mem::take(&mut *self.untold.lock().unwrap_or_else(PoisonError::into_inner));
        let mut due = Vec::new();
        for claim in listed {
            if let Some((item, claim)) = self.due(table, claim, now_ms) {
                due.push((item, claim));
            }
        }
        let mut change = None;
        for part in due.chunks(TOLD_AT_ONCE) {
            let items: Vec<Item> = part.iter().map(|(item, _)| item.clone()).collect();
            let answer = self.script.ask(&items).await;
            change = self.heard(&answer, table, now_ms).or(change);
            for (item, claim) in part {
                if answer.is_ok() {
                    table.with(&claim.key, |counter| counter.told(item.told(0), now_ms));
                }
                self.list(claim);
            }
        }
        change
    }

    /// What there is to tell of a counter. One of which there is nothing more to tell leaves the list.
    fn due(&self, table: &Table, claim: Claim, now_ms: u64) -> Option<(Item, Claim)> {
        let due = table.with(&claim.key, |counter| {
            let held = counter.held;
            let lease = counter.lease.get_or_insert_default();
            // A hot counter tells with its questions, and keeps what it got ahead.
            let is_hot = lease.is_hot(now_ms);
            if lease.pending == 0 && !is_hot {
                lease.spare = 0;
            }
            let owes = lease.used != lease.reported || lease.claimed != held.saturating_add(lease.spare);
            let is_old = |life_ms| now_ms >= lease.claimed_ms.saturating_add(life_ms);
            let is_due = (owes && (!is_hot || is_old(TOLD_HOT_MS))) || (held > 0 && is_old(RENEWED_MS));
            let is_over = !owes && held == 0 && lease.pending == 0 && lease.spare == 0;
            lease.is_listed = !is_over;
            let asks = is_due && lease.pending == 0;
            let item = asks.then(|| Item::new(&self.script, &claim, counter, (0, 0), now_ms));
            (is_over, item)
        });
        match due {
            None | Some((true, _)) => None,
            Some((false, None)) => {
                self.list(&claim);
                None
            }
            Some((false, Some(item))) => Some((item, claim)),
        }
    }

    /// Forgets what was used of a counter, once Redis knows all that was used here.
    ///
    /// # Errors
    /// When Redis does not answer.
    pub(super) async fn forget(&self, table: &Table, claim: &Claim, now_ms: u64) -> Result<(), StoreError> {
        let item = table.with(&claim.key, |counter| Item::new(&self.script, claim, counter, (0, 0), now_ms));
        if let Some(item) = item {
            self.script.ask(std::slice::from_ref(&item)).await?;
            table.with(&claim.key, |counter| counter.told(item.told(0), now_ms));
        }
        self.script.forget(claim, now_ms).await
    }
}
