//! Days and months of a calendar, for budgets.
//!
//! Invariant: a budget whose calendar cannot be reckoned (a date out of range) never begins anew.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Window;

/// How long a budget lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Period {
    /// From midnight to midnight.
    Day,
    /// From the first to the last of the month.
    Month,
}

impl Period {
    /// When the period begins and ends that this time is in, in milliseconds since 1970.
    pub fn bounds(self, zone: &TimeZone, now_ms: u64) -> (u64, u64) {
        self.reckoned(zone, now_ms).unwrap_or((0, u64::MAX))
    }

    fn reckoned(self, zone: &TimeZone, now_ms: u64) -> Option<(u64, u64)> {
        let now = Timestamp::from_millisecond(i64::try_from(now_ms).ok()?).ok()?.to_zoned_datetime(zone.clone());
        let first = match self {
            Self::Day => now.date(),
            Self::Month => now.date().first_of_month(),
        };
        let next = match self {
            Self::Day => first.tomorrow().ok()?,
            Self::Month => first.last_of_month().tomorrow().ok()?,
        };
        let at = |date: jiff::civil::Date| {
            let midnight = date.to_zoned_datetime(zone.clone()).ok()?;
            u64::try_from(midnight.timestamp().as_millisecond()).ok()
        };
        Some((at(first)?, at(next)?))
    }
}

/// What was used since the period began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    period: Period,
    zone: TimeZone,
    starts_ms: u64,
    ends_ms: u64,
    used: u64,
}

impl Calendar {
    /// A period in which nothing was used.
    pub fn new(period: Period, zone: TimeZone) -> Self {
        Self { period, zone, starts_ms: 0, ends_ms: 0, used: 0 }
    }

    /// When the period began, in milliseconds since 1970.
    pub fn starts_ms(&mut self, now_ms: u64) -> u64 {
        self.turn(now_ms);
        self.starts_ms
    }

    /// Takes over what is known to be used in the period.
    pub fn know(&mut self, now_ms: u64, used: u64) {
        self.turn(now_ms);
        self.used = used;
    }

    fn turn(&mut self, now_ms: u64) {
        if now_ms >= self.ends_ms {
            (self.starts_ms, self.ends_ms) = self.period.bounds(&self.zone, now_ms);
            self.used = 0;
        }
    }
}

impl Window for Calendar {
    fn level(&mut self, now_ms: u64) -> u64 {
        self.turn(now_ms);
        self.used
    }

    fn charge(&mut self, now_ms: u64, amount: u64) {
        self.turn(now_ms);
        self.used = self.used.saturating_add(amount);
    }

    fn wait_ms(&mut self, now_ms: u64, level: u64) -> u64 {
        self.turn(now_ms);
        if self.used <= level { 0 } else { self.ends_ms.saturating_sub(now_ms) }
    }
}
