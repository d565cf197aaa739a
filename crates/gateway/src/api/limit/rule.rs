//! A limit, ready to be asked.

use std::sync::Arc;

use jiff::tz::TimeZone;

use super::amount::Unit;
use super::config::{Algorithm, Dimension, LimitConfig, LimitMode, Only, amount};
use super::counter::Meter;
use super::subject::{Asker, EVERYBODY_ELSE, SEPARATOR};
use super::window::{Calendar, Gcra, Period, Sliding};

/// A limit, ready to be asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// Its name.
    pub name: Arc<str>,
    /// What it counts.
    pub unit: Unit,
    /// How much of it at most.
    pub max: u64,
    /// How it counts.
    pub shape: Shape,
    /// Whose requests are counted together.
    pub per: Vec<Dimension>,
    /// Whether it only says what it would refuse.
    pub is_shadow: bool,
    /// Percentages that an event tells.
    pub(super) alerts: Vec<u8>,
    only: Only,
}

/// How a limit counts over time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// Within a window.
    Sliding {
        /// How long it is.
        window_ms: u64,
    },
    /// By a level that drains.
    Gcra {
        /// How long `rate` takes.
        window_ms: u64,
        /// What drains within the window.
        rate: u64,
    },
    /// Within a day or a month.
    Calendar {
        /// Which.
        period: Period,
        /// Where.
        zone: TimeZone,
    },
    /// What is under way.
    Concurrent,
}

impl Rule {
    /// Takes a limit that was checked; what a check would have refused counts as a limit of nothing.
    pub fn new(config: &LimitConfig) -> Self {
        let rate = amount(config.unit, config.max).unwrap_or(0);
        let window_ms = config.window_s.unwrap_or_default() * 1_000;
        let mut max = rate;
        let shape = match (config.unit, config.period, config.algorithm) {
            (Unit::Concurrent, ..) => Shape::Concurrent,
            (_, Some(period), _) => {
                let zone = config.zone.as_deref().and_then(|zone| TimeZone::get(zone).ok()).unwrap_or(TimeZone::UTC);
                Shape::Calendar { period, zone }
            }
            (_, None, Algorithm::Sliding) => Shape::Sliding { window_ms },
            (_, None, Algorithm::Gcra) => {
                max = config.burst.map_or(rate, |burst| amount(config.unit, burst).unwrap_or(0));
                Shape::Gcra { window_ms, rate }
            }
        };
        let mut alerts = config.alerts.clone();
        alerts.sort_unstable();
        Self {
            name: config.name.as_str().into(),
            unit: config.unit,
            max,
            shape,
            per: config.per.clone(),
            is_shadow: config.mode == LimitMode::Shadow,
            alerts,
            only: config.only.clone(),
        }
    }

    /// Whether it applies.
    pub(super) fn applies(&self, asker: &Asker<'_>) -> bool {
        asker.is_among(&self.only)
    }

    /// Whether it can be asked before it is known who comes: it counts the requests of an address.
    pub(super) fn is_of_strangers(&self) -> bool {
        let is_known = |dimension: &Dimension| matches!(dimension, Dimension::Address | Dimension::Route);
        let only = &self.only;
        let lists = [&only.tenants, &only.teams, &only.users, &only.keys, &only.models];
        self.unit == Unit::Requests
            && self.per.contains(&Dimension::Address)
            && self.per.iter().all(is_known)
            && lists.iter().all(|list| list.is_empty())
    }

    /// Whether it lasts for a period and is stored.
    pub(super) fn is_budget(&self) -> bool {
        matches!(self.shape, Shape::Calendar { .. })
    }

    /// The name of the counter of who asks.
    pub(super) fn key(&self, asker: &Asker<'_>) -> String {
        let mut key = String::with_capacity(96);
        key.push_str(&self.name);
        key.push(SEPARATOR);
        asker.write(&self.per, &mut key);
        key
    }

    /// The name of the counter of all for whom there is no room.
    pub(super) fn key_of_everybody_else(&self) -> String {
        format!("{}{SEPARATOR}{EVERYBODY_ELSE}", self.name)
    }

    /// What its counters remember of the past.
    pub(super) fn meter(&self) -> Meter {
        match &self.shape {
            Shape::Sliding { window_ms } => Meter::Sliding(Sliding::new(*window_ms)),
            Shape::Gcra { window_ms, rate } => Meter::Gcra(Gcra::new(*rate, *window_ms)),
            Shape::Calendar { period, zone } => Meter::Calendar(Box::new(Calendar::new(*period, zone.clone()))),
            Shape::Concurrent => Meter::Nothing,
        }
    }

    /// The window in seconds, for headers.
    pub fn window_s(&self) -> Option<u64> {
        match &self.shape {
            Shape::Sliding { window_ms } | Shape::Gcra { window_ms, .. } => Some(window_ms / 1_000),
            Shape::Calendar { .. } | Shape::Concurrent => None,
        }
    }

    /// What it allows, in words: `100,000 tokens in 60 s per user`.
    pub fn words(&self) -> String {
        let time = match &self.shape {
            Shape::Sliding { window_ms } | Shape::Gcra { window_ms, .. } => format!(" in {} s", window_ms / 1_000),
            Shape::Calendar { period: Period::Day, .. } => " a day".to_owned(),
            Shape::Calendar { period: Period::Month, .. } => " a month".to_owned(),
            Shape::Concurrent => String::new(),
        };
        let per: Vec<&str> = self.per.iter().map(|dimension| dimension.name()).collect();
        let per = if per.is_empty() { String::new() } else { format!(" per {}", per.join(" and ")) };
        format!("{} {}{time}{per}", self.unit.write(self.max), self.unit.words())
    }
}
