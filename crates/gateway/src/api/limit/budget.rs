//! Budgets of days and months, in the database: a restart does not forget them, and nodes without Redis share them.
//!
//! What was settled is written twice a second, in one transaction for all; a request never waits for it. **A process that is
//! killed forgets what was settled since the last write**: half a second of use and the time of one transaction, and what
//! its requests under way used. An orderly end writes all. Nodes that share a database, but no Redis, learn of each other's
//! use every two seconds, so that together they may go beyond a budget by what they settle within three seconds and hold
//! at one time.
//!
//! Invariant: what could not be written is kept and written later.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::counter::{Counter, Meter};
use super::ledger::Ledger;
use super::rule::Rule;
use super::store::{self, Row};
use super::subject::SEPARATOR;
use super::window::Window as _;
use crate::event::catalogue;
use crate::store::{Db, StoreError};

/// How far back others' writes are read: how often that is done, how far the clocks of two processes may differ, and how
/// long a write may take.
const OVERLAP_S: i64 = 12;
/// Periods are kept this long after they began.
const KEPT_S: i64 = 93 * 86_400;

/// A budget of which more was used than was told.
struct Alert {
    rule: Arc<Rule>,
    row: Row,
    percent: u8,
}

impl Ledger {
    /// Reads what was used of all budgets.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn load_budgets(&self, db: &Db) -> Result<(), StoreError> {
        self.learn(store::changed_since(db, self.now_s() - KEPT_S).await?);
        Ok(())
    }

    /// Learns what other nodes used.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn learn_budgets(&self, db: &Db) -> Result<(), StoreError> {
        if !self.budgets().is_empty() {
            self.learn(store::changed_since(db, self.now_s() - OVERLAP_S).await?);
        }
        Ok(())
    }

    /// Writes what was used since the last time, and tells who reached a percentage.
    ///
    /// # Errors
    /// When the database fails; then it is written the next time.
    pub async fn save_budgets(&self, db: &Db) -> Result<(), StoreError> {
        let budgets = self.budgets();
        if budgets.is_empty() {
            return Ok(());
        }
        let unsaved = self.unsaved(&budgets);
        if !unsaved.is_empty()
            && let Err(error) = store::add(db, &unsaved, self.now_s()).await
        {
            self.keep(&budgets, &unsaved);
            return Err(error);
        }
        for Alert { rule, row, percent } in self.alerts(&budgets) {
            if store::tell(db, &row, percent).await? {
                let used = u64::try_from(row.used).unwrap_or(0);
                let amounts = (rule.unit.write(used), rule.unit.write(rule.max));
                let event = catalogue::budget_reached(
                    self.now(),
                    (&row.limit, &row.counter),
                    percent,
                    (&amounts.0, &amounts.1),
                );
                self.record(&event);
            }
        }
        Ok(())
    }

    /// Forgets periods that are long over.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sweep_budgets(&self, db: &Db) -> Result<(), StoreError> {
        store::sweep(db, self.now_s() - KEPT_S).await.map(|_| ())
    }

    fn budgets(&self) -> BTreeMap<Arc<str>, Arc<Rule>> {
        let rules = self.rules();
        let budgets = rules.iter().filter(|rule| rule.is_budget());
        budgets.map(|rule| (rule.name.clone(), rule.clone())).collect()
    }

    /// Takes what was used and not written.
    fn unsaved(&self, budgets: &BTreeMap<Arc<str>, Arc<Rule>>) -> Vec<Row> {
        let (now_ms, mut rows) = (self.now_ms(), Vec::new());
        self.table().each(|key, counter| {
            let amount = std::mem::take(&mut counter.unsaved);
            if amount > 0
                && let Some(Stands { starts_at, .. }) = stands(budgets, key, counter, now_ms)
            {
                rows.push(row(key, starts_at, amount));
            }
        });
        rows
    }

    fn keep(&self, budgets: &BTreeMap<Arc<str>, Arc<Rule>>, rows: &[Row]) {
        for row in rows {
            let (Some(rule), used) = (budgets.get(row.limit.as_str()), u64::try_from(row.used).unwrap_or(0)) else {
                continue;
            };
            let key = key(row);
            self.table().with_own(rule, &key, self.now_ms(), |counter| {
                counter.unsaved = counter.unsaved.saturating_add(used);
            });
        }
    }

    /// What the database says, and what is not in it yet, is what was used.
    fn learn(&self, rows: Vec<Row>) {
        let (budgets, now_ms) = (self.budgets(), self.now_ms());
        for row in rows {
            let Some(rule) = budgets.get(row.limit.as_str()) else { continue };
            self.table().with_own(rule, &key(&row), now_ms, |counter| {
                let unsaved = counter.unsaved;
                if let Meter::Calendar(calendar) = &mut counter.meter
                    && starts_s(calendar.starts_ms(now_ms)) == row.starts_at
                {
                    let used = u64::try_from(row.used).unwrap_or(0);
                    calendar.know(now_ms, used.saturating_add(unsaved));
                }
            });
        }
    }

    /// Budgets of which more is used than was told.
    fn alerts(&self, budgets: &BTreeMap<Arc<str>, Arc<Rule>>) -> Vec<Alert> {
        let (now_ms, mut alerts) = (self.now_ms(), Vec::new());
        self.table().each(|key, counter| {
            let Some(Stands { rule, starts_at, used }) = stands(budgets, key, counter, now_ms) else { return };
            let starts_ms = u64::try_from(starts_at).unwrap_or(0).saturating_mul(1_000);
            let has_refused = counter.refused_at_ms > 0 && counter.refused_at_ms >= starts_ms;
            let percent = if has_refused { 100 } else { u128::from(used) * 100 / u128::from(rule.max.max(1)) };
            let reached = rule.alerts.iter().rev().find(|alert| u128::from(**alert) <= percent).copied();
            let told = if counter.told.0 == starts_at { counter.told.1 } else { 0 };
            if let Some(percent) = reached.filter(|percent| *percent > told) {
                counter.told = (starts_at, percent);
                alerts.push(Alert { rule: rule.clone(), row: row(key, starts_at, used), percent });
            }
        });
        alerts
    }
}

/// How a budget stands.
struct Stands<'b> {
    rule: &'b Arc<Rule>,
    /// When its period began, in seconds since 1970.
    starts_at: i64,
    used: u64,
}

/// How a counter stands, if it is a budget.
fn stands<'b>(
    budgets: &'b BTreeMap<Arc<str>, Arc<Rule>>,
    key: &str,
    counter: &mut Counter,
    now_ms: u64,
) -> Option<Stands<'b>> {
    let Meter::Calendar(calendar) = &mut counter.meter else { return None };
    let (limit, _) = key.split_once(SEPARATOR)?;
    let starts_at = starts_s(calendar.starts_ms(now_ms));
    Some(Stands { rule: budgets.get(limit)?, starts_at, used: calendar.level(now_ms) })
}

fn row(key: &str, starts_at: i64, used: u64) -> Row {
    let (limit, counter) = key.split_once(SEPARATOR).unwrap_or((key, ""));
    let used = i64::try_from(used).unwrap_or(i64::MAX);
    Row { limit: limit.to_owned(), counter: counter.to_owned(), starts_at, used }
}

fn key(row: &Row) -> Arc<str> {
    format!("{}{SEPARATOR}{}", row.limit, row.counter).into()
}

fn starts_s(starts_ms: u64) -> i64 {
    i64::try_from(starts_ms / 1_000).unwrap_or(i64::MAX)
}
