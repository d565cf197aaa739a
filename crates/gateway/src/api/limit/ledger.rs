//! The ledger: what is reserved and used.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use aws_lc_rs::hmac;
use jiff::Timestamp;
use prometheus_client::metrics::counter::Counter as Metric;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;

use super::amount::{Unit, Usage};
use super::config::{LimitConfig, LimiterConfig};
use super::decide::{Moment, Note, decide};
use super::refusal::{Allowance, LimitError, Refused, Until};
use super::reservation::{Demand, Reservation};
use super::rule::Rule;
use super::shared::{Asked, Change, Shared};
use super::subject::{Asker, SEPARATOR};
use super::table::{Claim, Table};
use crate::clock::Clock;
use crate::data::access::Permit;
use crate::event::journal::Journal;
use crate::event::{Event, catalogue};
use crate::infra::monitor::metric::{LimitLabels, Metrics};
use crate::store::StoreError;
use crate::store::redis::Redis;

/// What is reserved and used.
#[derive(Debug)]
pub struct Ledger {
    rules: RwLock<Arc<[Arc<Rule>]>>,
    table: Table,
    shared: Option<Shared>,
    clock: Arc<dyn Clock>,
    journal: Arc<Journal>,
    totals: Totals,
    /// Counters in memory.
    counters_known: Gauge,
    /// Requests that a limit refused, or would have.
    refusals: Family<LimitLabels, Metric>,
}

/// All limits and exchanges together.
#[derive(Debug, Default)]
struct Totals {
    under_way: AtomicU64,
    reserved_tokens: AtomicU64,
    input_tokens: AtomicU64,
    output_tokens: AtomicU64,
}

/// The counts at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Snapshot {
    /// Exchanges under way.
    pub under_way: u64,
    /// Tokens reserved by them.
    pub reserved_tokens: u64,
    /// What was settled.
    pub used: Usage,
}

impl Ledger {
    /// Takes the limits.
    pub fn new(
        (limits, limiter): (&[LimitConfig], &LimiterConfig),
        redis: Option<(Redis, hmac::Key)>,
        (journal, clock): (Arc<Journal>, Arc<dyn Clock>),
    ) -> Self {
        Self {
            shared: redis.map(|(redis, names)| Shared::new(redis, names, limiter)),
            rules: RwLock::new(rules(limits)),
            table: Table::new(limiter.counters_max),
            clock,
            journal,
            totals: Totals::default(),
            counters_known: Gauge::default(),
            refusals: Family::default(),
        }
    }

    /// Takes over other limits. What was counted under a name that is still there counts on.
    pub fn take_over(&self, limits: &[LimitConfig]) {
        *self.rules.write().unwrap_or_else(PoisonError::into_inner) = rules(limits);
    }

    /// Shows what is counted.
    pub fn show(&self, metrics: &mut Metrics) {
        metrics.watch_limits(self.refusals.clone(), self.table.crowded.clone(), self.counters_known.clone());
        if let Some(Shared { health, .. }) = &self.shared {
            metrics.watch_shared_limits(health.up.clone(), health.trips.clone(), health.fallbacks.clone());
        }
    }

    /// Reserves what somebody may use who is permitted to.
    ///
    /// # Errors
    /// When it does not fit into a limit that applies; then none of them counts it.
    pub async fn reserve(
        self: &Arc<Self>,
        _permit: &Permit,
        asker: &Asker<'_>,
        demand: Demand,
    ) -> Result<Reservation, LimitError> {
        let mut claims = self.claims(asker, demand);
        let allowances = match &self.shared {
            _ if claims.is_empty() => Vec::new(),
            None => self.admit(&mut claims, 1)?,
            Some(shared) => self.admit_together(shared, &mut claims).await?,
        };
        let Usage { input_tokens, output_tokens } = demand.usage;
        self.totals.under_way.fetch_add(1, Ordering::Relaxed);
        self.totals.reserved_tokens.fetch_add(input_tokens.saturating_add(output_tokens), Ordering::Relaxed);
        Ok(Reservation::new(self.clone(), claims, demand, allowances))
    }

    /// Whether an address may ask at all, before it is known who does. Counts nothing.
    ///
    /// # Errors
    /// When its limit is used up.
    pub fn knock(&self, asker: &Asker<'_>) -> Result<(), LimitError> {
        let now_ms = self.now_ms();
        for rule in self.rules().iter().filter(|rule| rule.is_of_strangers() && !rule.is_shadow && rule.applies(asker))
        {
            let full = self.table.with(&rule.key(asker), |counter| counter.fits(now_ms, 1, (rule.max, 1)).err());
            if let Some(Some(wait)) = full {
                self.count_refusal(rule);
                let until = wait.map_or(Until::Free, Until::Passed);
                let refused = Refused { rule: rule.clone(), asked: 1, until, allowances: Vec::new() };
                return Err(LimitError::Refused(Box::new(refused)));
            }
        }
        Ok(())
    }

    /// Counts a request of somebody who could not say who they are against their address.
    pub fn count_stranger(&self, asker: &Asker<'_>) {
        let now_ms = self.now_ms();
        let rules = self.rules();
        let applying = rules.iter().filter(|rule| rule.is_of_strangers() && rule.applies(asker)).cloned();
        let mut claims: Vec<Claim> =
            applying.map(|rule| Claim { key: rule.key(asker).into(), rule, amount: 1 }).collect();
        let mut locked = self.table.lock(&mut claims, now_ms);
        for (at, claim) in claims.iter().enumerate() {
            let counter = locked.counter(at);
            counter.charge(now_ms, 1);
            if let Some(shared) = &self.shared {
                shared.note_untold(counter, claim);
            }
        }
    }

    /// Forgets counters in which nothing counts.
    pub fn sweep(&self) {
        self.counters_known.set(i64::try_from(self.table.sweep(self.now_ms())).unwrap_or(i64::MAX));
    }

    /// The counts now.
    pub fn snapshot(&self) -> Snapshot {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let totals = &self.totals;
        Snapshot {
            under_way: read(&totals.under_way),
            reserved_tokens: read(&totals.reserved_tokens),
            used: Usage { input_tokens: read(&totals.input_tokens), output_tokens: read(&totals.output_tokens) },
        }
    }

    pub(super) fn settle(&self, claims: &[Claim], demand: Demand, used: Usage) {
        let now_ms = self.now_ms();
        for claim in claims {
            let used = match claim.rule.unit {
                Unit::Requests => continue,
                Unit::Concurrent => 0,
                unit => unit.amount(used, demand.price),
            };
            // It is there: a counter of which something is held is not forgotten.
            self.table.with(&claim.key, |counter| {
                counter.settle(now_ms, claim.amount, used);
                if let Some(shared) = &self.shared {
                    shared.note_untold(counter, claim);
                }
            });
        }
        let reserved = demand.usage.input_tokens.saturating_add(demand.usage.output_tokens);
        self.totals.under_way.fetch_sub(1, Ordering::Relaxed);
        self.totals.reserved_tokens.fetch_sub(reserved, Ordering::Relaxed);
        self.totals.input_tokens.fetch_add(used.input_tokens, Ordering::Relaxed);
        self.totals.output_tokens.fetch_add(used.output_tokens, Ordering::Relaxed);
    }

    fn claims(&self, asker: &Asker<'_>, demand: Demand) -> Vec<Claim> {
        let rules = self.rules();
        let applying = rules.iter().filter(|rule| rule.applies(asker));
        applying
            .map(|rule| Claim {
                key: rule.key(asker).into(),
                amount: rule.unit.amount(demand.usage, demand.price),
                rule: rule.clone(),
            })
            .collect()
    }

    /// As Redis says; while it is lost, as this node's own counts and the configuration do.
    async fn admit_together(&self, shared: &Shared, claims: &mut [Claim]) -> Result<Vec<Allowance>, LimitError> {
        if shared.is_there(self.now_ms()) {
            let mut notes = Vec::new();
            let (asked, change) = shared.admit(&self.table, claims, || self.now_ms(), &mut notes).await;
            notes.iter().for_each(|note| self.note(*note, claims));
            self.record_change(change);
            match asked {
                Asked::Granted(allowances) => return Ok(allowances),
                Asked::Refused(refused) => return Err(LimitError::Refused(refused)),
                Asked::Lost => {}
            }
        }
        shared.health.fallbacks.inc();
        if shared.refuses() { Err(LimitError::Unavailable) } else { self.admit(claims, shared.nodes()) }
    }

    /// Tells Redis, where there is one, what was used.
    pub async fn tell(&self) {
        if let Some(shared) = &self.shared {
            let change = shared.tell(&self.table, self.now_ms()).await;
            self.record_change(change);
        }
    }

    fn record_change(&self, change: Option<Change>) {
        let refuses = self.shared.as_ref().is_some_and(Shared::refuses);
        match change {
            Some(Change::Lost) => {
                tracing::warn!(refuses, "Redis does not answer: limits are counted by each node for itself, or refuse");
                self.record(&catalogue::limits_alone(self.clock.now(), refuses));
            }
            Some(Change::Found) => {
                tracing::warn!("Redis answers again: limits are counted there");
                self.record(&catalogue::limits_together(self.clock.now()));
            }
            None => {}
        }
    }

    fn admit(&self, claims: &mut [Claim], share: u64) -> Result<Vec<Allowance>, LimitError> {
        let moment = Moment { now_ms: self.now_ms(), share };
        let mut notes = Vec::new();
        let mut locked = self.table.lock(claims, moment.now_ms);
        let decided = decide(claims, &mut locked, &moment, &mut notes);
        drop(locked);
        notes.iter().for_each(|note| self.note(*note, claims));
        decided.map_err(LimitError::Refused)
    }

    /// Counts and records that a limit refused somebody, or would have.
    fn note(&self, note: Note, claims: &[Claim]) {
        let Claim { rule, key, .. } = &claims[note.at];
        self.count_refusal(rule);
        if note.is_news {
            self.record(&catalogue::limit_exceeded(self.clock.now(), &rule.name, whose(key), rule.is_shadow));
        }
    }

    fn count_refusal(&self, rule: &Rule) {
        let mode = if rule.is_shadow { "shadow" } else { "enforce" };
        self.refusals.get_or_create(&LimitLabels { limit: rule.name.to_string(), mode }).inc();
    }

    /// Counting goes on when this cannot be recorded: it is what protects.
    pub(super) fn record(&self, event: &Event) {
        if let Err(error) = self.journal.append(event) {
            tracing::error!(error = &error as &dyn std::error::Error, "an event of limits was not recorded");
        }
    }

    pub(super) fn rules(&self) -> Arc<[Arc<Rule>]> {
        self.rules.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn rule(&self, name: &str) -> Option<Arc<Rule>> {
        self.rules().iter().find(|rule| *rule.name == *name).cloned()
    }

    pub(super) fn table(&self) -> &Table {
        &self.table
    }

    pub(super) fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Forgets in Redis, where there is one, what was used of a counter.
    pub(super) async fn forget_shared(&self, claim: &Claim) -> Result<(), StoreError> {
        match &self.shared {
            Some(shared) => shared.forget(&self.table, claim, self.now_ms()).await,
            None => Ok(()),
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(super) fn now_s(&self) -> i64 {
        self.clock.now().as_second()
    }

    pub(super) fn now_ms(&self) -> u64 {
        u64::try_from(self.clock.now().as_millisecond()).unwrap_or(0)
    }
}

fn rules(limits: &[LimitConfig]) -> Arc<[Arc<Rule>]> {
    limits.iter().map(|limit| Arc::new(Rule::new(limit))).collect()
}

/// Whose counter this is, without the name of its limit.
fn whose(key: &str) -> &str {
    key.split_once(SEPARATOR).map_or(key, |(_, subject)| subject)
}
