//! Limits and counters, for people.

use serde::Serialize;

use super::ledger::Ledger;
use super::rule::{Rule, Shape};
use super::store;
use super::subject::SEPARATOR;
use super::table::Claim;
use super::window::{Calendar, Window as _};
use crate::event::catalogue;
use crate::event::journal::JournalError;
use crate::store::{Db, StoreError};

/// Counters that are shown of one limit.
const SHOWN_MAX: usize = 1_000;

/// A limit.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct LimitInfo {
    /// Its name.
    pub name: String,
    /// What it allows, in words.
    pub allows: String,
    /// What it counts.
    pub unit: &'static str,
    /// How much at most; money in billionths.
    pub max: u64,
    /// `enforce` or `shadow`.
    pub mode: &'static str,
    /// Counters that this node knows.
    pub counters: usize,
}

/// A counter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct CounterInfo {
    /// Whose it is.
    pub counter: String,
    /// What counts; with Redis as of the last time that this node asked.
    pub used: u64,
    /// What requests under way on this node hold.
    pub held: u64,
    /// What is left.
    pub remaining: u64,
    /// Seconds until nothing counts any more.
    pub reset_s: u64,
}

/// Why a counter was not reset.
#[derive(Debug, thiserror::Error)]
pub enum ResetError {
    /// There is no such limit or counter.
    #[error("there is no counter `{counter}` of a limit `{limit}`; `portcullis limit show {limit}` lists them")]
    Missing {
        /// As asked.
        limit: String,
        /// As asked.
        counter: String,
    },
    /// It could not be recorded, so it was not done.
    #[error("the reset could not be recorded, so it was not done")]
    Journal(#[from] JournalError),
    /// The database or Redis failed.
    #[error("what was used could not be forgotten everywhere")]
    Store(#[from] StoreError),
}

impl Ledger {
    /// All limits.
    pub fn limits(&self) -> Vec<LimitInfo> {
        let rules = self.rules();
        let mut counts = vec![0; rules.len()];
        self.table().each(|key, _| {
            let limit = key.split_once(SEPARATOR).map_or("", |(limit, _)| limit);
            if let Some(at) = rules.iter().position(|rule| *rule.name == *limit) {
                counts[at] += 1;
            }
        });
        rules.iter().zip(counts).map(|(rule, counters)| info(rule, counters)).collect()
    }

    /// The counters of a limit, the one with most in it first; `None` when there is no such limit.
    pub fn counters(&self, limit: &str) -> Option<Vec<CounterInfo>> {
        let rule = self.rule(limit)?;
        let (now_ms, mut counters) = (self.now_ms(), Vec::new());
        self.table().each(|key, counter| {
            let Some((_, whose)) = key.split_once(SEPARATOR).filter(|(name, _)| *name == limit) else { return };
            let (mut used, mut reset_ms) = (counter.meter.level(now_ms), counter.meter.wait_ms(now_ms, 0));
            if let Some(lease) = &counter.lease
                && let Some(seen) = lease.seen
            {
                let since = lease.used.saturating_sub(lease.reported);
                used = used.max(seen.level.saturating_add(since));
                reset_ms = seen.reset_ms.saturating_sub(now_ms.saturating_sub(seen.at_ms));
            }
            let held = counter.held;
            counters.push(CounterInfo {
                counter: whose.to_owned(),
                used,
                held,
                remaining: rule.max.saturating_sub(used.saturating_add(held)),
                reset_s: reset_ms.div_ceil(1_000),
            });
        });
        counters.sort_by(|one, other| other.used.cmp(&one.used).then_with(|| one.counter.cmp(&other.counter)));
        counters.truncate(SHOWN_MAX);
        Some(counters)
    }

    /// Forgets what was used of a counter, here, in Redis and in the database; what is held stays.
    /// What another node used within the last quarter of a second, and did not tell yet, counts on.
    ///
    /// # Errors
    /// When there is none, or it cannot be recorded or forgotten.
    pub async fn reset(&self, db: &Db, (limit, whose): (&str, &str), actor: &str) -> Result<(), ResetError> {
        let missing = || ResetError::Missing { limit: clipped(limit), counter: clipped(whose) };
        let rule = self.rule(limit).ok_or_else(missing)?;
        let key = format!("{limit}{SEPARATOR}{whose}");
        self.table().with(&key, |_| ()).ok_or_else(missing)?;
        self.journal().append_durable(&catalogue::limit_reset(self.now(), actor, limit, whose)).await?;
        let now_ms = self.now_ms();
        if let Shape::Calendar { period, zone } = &rule.shape {
            let starts_ms = Calendar::new(*period, zone.clone()).starts_ms(now_ms);
            let starts_at = i64::try_from(starts_ms / 1_000).unwrap_or(i64::MAX);
            let row = store::Row { limit: limit.to_owned(), counter: whose.to_owned(), starts_at, used: 0 };
            store::reset(db, &row, self.now_s()).await?;
        }
        let claim = Claim { rule, key: key.into(), amount: 0 };
        self.forget_shared(&claim).await?;
        self.table().with(&claim.key, |counter| counter.reset(&claim.rule));
        Ok(())
    }
}

fn info(rule: &Rule, counters: usize) -> LimitInfo {
    LimitInfo {
        name: rule.name.to_string(),
        allows: rule.words(),
        unit: rule.unit.name(),
        max: rule.max,
        mode: if rule.is_shadow { "shadow" } else { "enforce" },
        counters,
    }
}

fn clipped(text: &str) -> String {
    text.chars().take(128).collect()
}
