//! One counter of a limit: what counts of the past, and what is held by requests under way.
//!
//! What is held counts until the request is settled, and what it really used counts from then on. So whenever within its
//! request a token is used, no window has more tokens in it than the limit.
//!
//! Invariant: what is held is given back by its own reservation only.

use super::amount::Unit;
use super::lease::{Lease, Seen, Told};
use super::refusal::Until;
use super::rule::{Rule, Shape};
use super::window::{Calendar, Gcra, Sliding, Window};

/// What a counter remembers of the past.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Meter {
    /// A sliding window.
    Sliding(Sliding),
    /// A level that drains.
    Gcra(Gcra),
    /// A period.
    Calendar(Box<Calendar>),
    /// Nothing: what counts is under way.
    Nothing,
}

/// One counter.
#[derive(Debug)]
pub(super) struct Counter {
    pub(super) meter: Meter,
    shape: Shape,
    /// What requests under way may still use.
    pub(super) held: u64,
    /// What is claimed in Redis.
    pub(super) lease: Option<Box<Lease>>,
    /// What is not in the database yet, of a budget.
    pub(super) unsaved: u64,
    /// The highest percentage that was told, and of which period.
    pub(super) told: (i64, u8),
    /// When it refused last.
    pub(super) refused_at_ms: u64,
    /// Until when a refusal is no news.
    refused_until_ms: u64,
}

/// Where a counter stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Standing {
    /// What counts, with what is held.
    pub level: u64,
    /// Until nothing of the past counts any more.
    pub reset_ms: u64,
}

impl Counter {
    /// Counts nothing yet.
    pub(super) fn new(rule: &Rule) -> Self {
        Self {
            meter: rule.meter(),
            shape: rule.shape.clone(),
            held: 0,
            lease: None,
            unsaved: 0,
            told: (0, 0),
            refused_at_ms: 0,
            refused_until_ms: 0,
        }
    }

    /// Follows a limit that was configured anew: what counts, counts on, in the new way from now on.
    pub(super) fn adapt(&mut self, rule: &Rule, now_ms: u64) {
        if self.shape == rule.shape {
            return;
        }
        let level = self.meter.level(now_ms);
        self.meter = rule.meter();
        self.meter.charge(now_ms, level);
        self.shape = rule.shape.clone();
    }

    /// Where it stands.
    pub(super) fn standing(&mut self, now_ms: u64) -> Standing {
        let level = self.meter.level(now_ms).saturating_add(self.held);
        Standing { level, reset_ms: self.meter.wait_ms(now_ms, 0) }
    }

    /// Whether an amount fits below `max`, of which `share` nodes have a share each; if not, when it may, in milliseconds.
    /// `None` when nobody knows: others hold it. What is left of a budget is shared, since its database knows what all used.
    pub(super) fn fits(&mut self, now_ms: u64, amount: u64, (max, share): (u64, u64)) -> Result<(), Option<u64>> {
        let level = self.meter.level(now_ms);
        let wanted = self.held.saturating_add(amount);
        let (max, wanted) =
            if self.shape.is_stored() { (max, wanted.saturating_mul(share)) } else { (max / share, wanted) };
        if level.saturating_add(wanted) <= max {
            return Ok(());
        }
        match max.checked_sub(wanted) {
            Some(free) => Err(Some(self.meter.wait_ms(now_ms, free))),
            None => Err(None),
        }
    }

    /// Counts what is admitted: a request at once, the rest as held until it is settled.
    pub(super) fn take(&mut self, unit: Unit, now_ms: u64, amount: u64) {
        match unit {
            Unit::Requests => self.charge(now_ms, amount),
            _ => self.held = self.held.saturating_add(amount),
        }
    }

    /// Redis took in what it was told.
    pub(super) fn told(&mut self, told: Told, now_ms: u64) {
        if let Some(lease) = &mut self.lease {
            lease.told(told, now_ms);
        }
    }

    /// Redis took in what it was told, and said how much counts.
    pub(super) fn heard(&mut self, told: Told, seen: Seen) {
        if let Some(lease) = &mut self.lease {
            lease.told(told, seen.at_ms);
            lease.seen = Some(seen);
        }
    }

    /// Counts an amount that is known: a request.
    pub(super) fn charge(&mut self, now_ms: u64, amount: u64) {
        self.meter.charge(now_ms, amount);
        if self.shape.is_stored() {
            self.unsaved = self.unsaved.saturating_add(amount);
        }
        if let Some(lease) = &mut self.lease {
            lease.used = lease.used.saturating_add(amount);
        }
    }

    /// Replaces what was held by what was used.
    pub(super) fn settle(&mut self, now_ms: u64, held: u64, used: u64) {
        self.held = self.held.saturating_sub(held);
        if let Some(lease) = &mut self.lease {
            lease.settle(held, used);
        }
        if used > 0 {
            self.charge(now_ms, used);
        }
    }

    /// Forgets the past. What is held stays.
    pub(super) fn reset(&mut self, rule: &Rule) {
        self.meter = rule.meter();
        self.unsaved = 0;
        self.told = (0, 0);
        (self.refused_at_ms, self.refused_until_ms) = (0, 0);
        if let Some(lease) = &mut self.lease {
            (lease.full, lease.seen) = (None, None);
        }
    }

    /// Lets go of memory, when it is forgotten but its place is kept.
    pub(super) fn shrink(&mut self) {
        (self.meter, self.lease) = (Meter::Nothing, None);
    }

    /// Whether nothing would be lost by forgetting it.
    pub(super) fn is_idle(&mut self, now_ms: u64) -> bool {
        let is_free = self.held == 0 && self.unsaved == 0 && self.lease.as_ref().is_none_or(|lease| lease.is_idle());
        is_free && self.meter.level(now_ms) == 0
    }

    /// Notes that it refused, and says whether that is news: the first time until the wait is over.
    pub(super) fn refused(&mut self, now_ms: u64, until: Until) -> bool {
        let wait_ms = match until {
            Until::Passed(ms) => ms,
            Until::Free | Until::Never => 0,
        };
        if until != Until::Never {
            // What is larger than the limit says nothing about what is left of it.
            self.refused_at_ms = now_ms;
        }
        let is_news = now_ms >= self.refused_until_ms;
        if is_news {
            self.refused_until_ms = now_ms.saturating_add(wait_ms.clamp(1_000, 60_000));
        }
        is_news
    }
}

impl Shape {
    /// Whether what is counted is stored.
    pub fn is_stored(&self) -> bool {
        matches!(self, Self::Calendar { .. })
    }
}

impl Window for Meter {
    fn level(&mut self, now_ms: u64) -> u64 {
        match self {
            Self::Sliding(window) => window.level(now_ms),
            Self::Gcra(window) => window.level(now_ms),
            Self::Calendar(window) => window.level(now_ms),
            Self::Nothing => 0,
        }
    }

    fn charge(&mut self, now_ms: u64, amount: u64) {
        match self {
            Self::Sliding(window) => window.charge(now_ms, amount),
            Self::Gcra(window) => window.charge(now_ms, amount),
            Self::Calendar(window) => window.charge(now_ms, amount),
            Self::Nothing => {}
        }
    }

    fn wait_ms(&mut self, now_ms: u64, level: u64) -> u64 {
        match self {
            Self::Sliding(window) => window.wait_ms(now_ms, level),
            Self::Gcra(window) => window.wait_ms(now_ms, level),
            Self::Calendar(window) => window.wait_ms(now_ms, level),
            Self::Nothing => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_is_as_small_as_is_stated() {
        assert!(size_of::<Counter>() <= 224, "{}", size_of::<Counter>());
        assert!(size_of::<Lease>() <= 200, "{}", size_of::<Lease>());
        let mut sliding = Sliding::new(60_000);
        (0..10_000).for_each(|second| sliding.charge(second * 600, 1));
        assert!(sliding.heap_bytes() <= 2_048, "{}", sliding.heap_bytes());
    }
}
