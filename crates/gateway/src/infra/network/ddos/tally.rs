//! What the gate counts, for `/metrics`.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;

use super::offence::Offence;

/// Why a connection was closed as soon as it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turned {
    /// Its address is banned.
    Banned,
    /// Its address has too many.
    Crowded,
    /// There are too many in all.
    Full,
    /// It does not come from a trusted proxy, or without a PROXY header.
    Unproxied,
}

/// Why a connection was ended before its client ended it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// The handshake took too long.
    Handshake,
    /// No request came.
    Idle,
    /// The headers of a request came too slowly.
    SlowHeaders,
    /// An answer was read too slowly.
    SlowReader,
    /// Too many frames that carry nothing.
    Flood,
    /// It broke the protocol.
    Protocol,
}

impl Turned {
    fn name(self) -> &'static str {
        match self {
            Self::Banned => "banned",
            Self::Crowded => "crowded",
            Self::Full => "full",
            Self::Unproxied => "unproxied",
        }
    }
}

impl Cut {
    fn name(self) -> &'static str {
        match self {
            Self::Handshake => "handshake",
            Self::Idle => "idle",
            Self::SlowHeaders => "slow_headers",
            Self::SlowReader => "slow_reader",
            Self::Flood => "flood",
            Self::Protocol => "protocol",
        }
    }

    /// What it says about the client; waiting idly says nothing.
    pub fn offence(self) -> Option<Offence> {
        match self {
            Self::Idle => None,
            Self::Handshake | Self::SlowHeaders | Self::SlowReader => Some(Offence::Slow),
            Self::Flood => Some(Offence::Flood),
            Self::Protocol => Some(Offence::Protocol),
        }
    }
}

/// Why, from a closed list.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Why {
    why: &'static str,
}

/// The counters.
#[derive(Debug, Default)]
pub struct Tally {
    /// Open connections.
    pub open: Gauge,
    /// Connections closed as soon as they came.
    pub turned: Family<Why, Counter>,
    /// Connections ended before their clients ended them.
    pub cut: Family<Why, Counter>,
    /// Offences.
    pub offences: Family<Why, Counter>,
    /// Bans in force.
    pub bans: Gauge,
    /// Bans that were made.
    pub banned: Family<Why, Counter>,
    /// Requests refused for overload.
    pub shed: Family<Why, Counter>,
    /// Browsers asked for a proof of work, and what became of their solutions.
    pub challenges: Family<Why, Counter>,
}

impl Tally {
    /// Counts a connection that was not let in.
    pub fn turn(&self, turned: Turned) {
        count(&self.turned, turned.name());
    }

    /// Counts a connection that was ended.
    pub fn cut(&self, cut: Cut) {
        count(&self.cut, cut.name());
    }

    pub(super) fn offence(&self, offence: Offence) {
        count(&self.offences, offence.name());
    }

    pub(super) fn ban(&self, why: &'static str) {
        count(&self.banned, why);
    }

    /// Counts a challenge, or a solution.
    pub fn challenge(&self, outcome: &'static str) {
        count(&self.challenges, outcome);
    }

    pub(super) fn shed(&self, at: &'static str) {
        count(&self.shed, at);
    }
}

fn count(family: &Family<Why, Counter>, why: &'static str) {
    family.get_or_create(&Why { why }).inc();
}

/// What there was since the last entry about it, by place (a provider; the gateway itself is the empty name).
#[derive(Debug, Default)]
pub(super) struct Shed(Mutex<HashMap<String, (i64, u64)>>);

impl Shed {
    /// Counts one; says how many an entry stands for, when it is time for one.
    pub(super) fn count(&self, provider: &str, now_s: i64, every_s: i64) -> Option<u64> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (entered_at, since) = counts.entry(provider.to_owned()).or_insert((now_s - every_s, 0));
        *since += 1;
        if now_s - *entered_at < every_s {
            return None;
        }
        *entered_at = now_s;
        Some(std::mem::take(since))
    }
}
