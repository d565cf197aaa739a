//! Sources that are kept out: points for offences that run out with time, and bans that grow from one to the next.
//!
//! Invariants: the memory is bounded; who is allowed is never banned by itself; a ban ends by itself.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use super::config::BanConfig;
use super::offence::Offence;
use crate::infra::network::address::Source;

/// Sources whose points are counted at once, and sources that are banned.
const SOURCES_MAX: usize = 100_000;
/// How much longer each ban is than the one before.
const GROWTH: u32 = 4;

/// Bans and what leads to them.
#[derive(Debug, Default)]
pub(super) struct Bans {
    state: Mutex<State>,
    /// Bans there are, also ended ones, so that asking costs nothing while there are none.
    known: AtomicUsize,
}

#[derive(Debug, Default)]
struct State {
    points: HashMap<Source, Points>,
    bans: HashMap<Source, Ban>,
}

/// Points of a source, as they were at a time.
#[derive(Debug, Clone, Copy)]
struct Points {
    count: f64,
    at: Timestamp,
}

/// A ban. It is remembered for a while after its end, for the next one to be longer.
#[derive(Debug, Clone)]
pub struct Ban {
    /// Who is kept out.
    pub source: Source,
    /// Why: the offence that was one too many, or what the operator said.
    pub reason: String,
    /// When it began.
    pub since: Timestamp,
    /// When it ends.
    pub until: Timestamp,
    /// Bans in a row, this one included.
    pub row: u32,
}

impl Bans {
    /// How long a source is still kept out.
    pub(super) fn left(&self, source: Source, now: Timestamp) -> Option<SignedDuration> {
        if self.known.load(Ordering::Relaxed) == 0 {
            return None;
        }
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let left = now.duration_until(state.bans.get(&source)?.until);
        left.is_positive().then_some(left)
    }

    /// Counts an offence; gives the ban when it was one too many.
    pub(super) fn offend(
        &self,
        (source, offence): (Source, Offence),
        config: &BanConfig,
        now: Timestamp,
    ) -> Option<Ban> {
        let worth = f64::from(config.points(offence));
        let is_allowed = config.allow.iter().any(|range| range.contains(source.address()));
        if !config.enabled || worth == 0.0 || is_allowed {
            return None;
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.points.len() >= SOURCES_MAX && !state.points.contains_key(&source) {
            state.forget(config, now);
            if state.points.len() >= SOURCES_MAX {
                return None;
            }
        }
        let points = state.points.entry(source).or_insert(Points { count: 0.0, at: now });
        points.count = points.now(config, now) + worth;
        points.at = now;
        if points.count < f64::from(config.points_max) {
            return None;
        }
        state.points.remove(&source);
        let row = state.bans.get(&source).map_or(1, |last| last.row.saturating_add(1));
        let longer = GROWTH.saturating_pow(row - 1);
        let seconds = config.first_s.saturating_mul(longer).min(config.longest_s);
        let until = now + SignedDuration::from_secs(i64::from(seconds));
        let ban = Ban { source, reason: offence.name().to_owned(), since: now, until, row };
        drop(state);
        self.add(ban.clone(), config).then_some(ban)
    }

    /// How many points a source has; none where points count for nothing.
    pub(super) fn points(&self, source: Source, config: &BanConfig, now: Timestamp) -> f64 {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.points.get(&source).map_or(0.0, |points| points.now(config, now))
    }

    /// Bans a source; says whether there was room.
    pub(super) fn add(&self, ban: Ban, config: &BanConfig) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.bans.len() >= SOURCES_MAX {
            state.forget(config, ban.since);
        }
        let has_room = state.bans.len() < SOURCES_MAX || state.bans.contains_key(&ban.source);
        if has_room {
            state.bans.insert(ban.source, ban);
        }
        self.known.store(state.bans.len(), Ordering::Relaxed);
        has_room
    }

    /// Lets a source in again and forgets what it did; says whether it was kept out.
    pub(super) fn remove(&self, source: Source, now: Timestamp) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.points.remove(&source);
        let removed = state.bans.remove(&source);
        self.known.store(state.bans.len(), Ordering::Relaxed);
        removed.is_some_and(|ban| ban.until > now)
    }

    /// Bans in force, the longest first.
    pub(super) fn list(&self, now: Timestamp) -> Vec<Ban> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let mut bans: Vec<Ban> = state.bans.values().filter(|ban| ban.until > now).cloned().collect();
        bans.sort_by_key(|ban| std::cmp::Reverse(ban.until));
        bans
    }

    /// Forgets what has run out; says how many bans are in force.
    pub(super) fn sweep(&self, config: &BanConfig, now: Timestamp) -> usize {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.forget(config, now);
        self.known.store(state.bans.len(), Ordering::Relaxed);
        state.bans.values().filter(|ban| ban.until > now).count()
    }
}

impl State {
    fn forget(&mut self, config: &BanConfig, now: Timestamp) {
        let remembered = SignedDuration::from_secs(i64::from(config.longest_s));
        self.points.retain(|_, points| points.now(config, now) > 0.0);
        self.bans.retain(|_, ban| ban.until + remembered > now);
    }
}

impl Points {
    /// What is left of them.
    fn now(&self, config: &BanConfig, now: Timestamp) -> f64 {
        let passed_s = self.at.duration_until(now).as_secs_f64().max(0.0);
        (self.count - passed_s * f64::from(config.points_max) / f64::from(config.window_s)).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ATTACKER: &str = "203.0.113.9";

    fn config() -> BanConfig {
        BanConfig::default()
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    fn source(text: &str) -> Source {
        text.parse().unwrap()
    }

    /// Offends until banned, at one time; the seconds of the ban.
    fn banned_s(bans: &Bans, seconds: i64) -> i64 {
        let ban = (0..100).find_map(|_| bans.offend((source(ATTACKER), Offence::Flood), &config(), at(seconds)));
        let ban = ban.expect("a hundred floods are a ban");
        ban.since.duration_until(ban.until).as_secs()
    }

    #[test]
    fn each_ban_is_longer_than_the_last_up_to_a_day() {
        let bans = Bans::default();
        let mut now = 0;
        let lengths: Vec<i64> = (0..8)
            .map(|_| {
                let length = banned_s(&bans, now);
                now += length + 1;
                length
            })
            .collect();
        assert_eq!(lengths, [60, 240, 960, 3_840, 15_360, 61_440, 86_400, 86_400]);
        // A day without another one, and it is forgotten.
        bans.sweep(&config(), at(now + 86_401));
        assert_eq!(banned_s(&bans, now + 86_402), 60);
    }

    #[test]
    fn offences_now_and_then_are_no_ban() {
        let bans = Bans::default();
        let offend = |seconds| bans.offend((source(ATTACKER), Offence::Firewall), &config(), at(seconds));
        assert!((0..500).all(|round| offend(round * 7).is_none()), "one firewall refusal in seven seconds");
        assert_eq!(bans.left(source(ATTACKER), at(0)), None);
    }

    #[test]
    fn a_ban_ends_by_itself_and_keeps_out_no_neighbour() {
        let bans = Bans::default();
        assert_eq!(banned_s(&bans, 0), 60);
        assert_eq!(bans.left(source(ATTACKER), at(59)).map(|left| left.as_secs()), Some(1));
        assert_eq!(bans.left(source(ATTACKER), at(60)), None);
        assert_eq!(bans.left(source("203.0.113.10"), at(1)), None);
        assert!(bans.remove(source(ATTACKER), at(1)) && bans.left(source(ATTACKER), at(2)).is_none());
    }

    #[test]
    fn who_is_allowed_is_never_banned_by_itself() {
        let bans = Bans::default();
        let offend = || bans.offend((source("127.0.0.1"), Offence::Flood), &config(), at(0));
        assert!((0..1_000).all(|_| offend().is_none()));
    }

    #[test]
    fn a_crowd_of_offenders_takes_bounded_memory() {
        let bans = Bans::default();
        for number in 0..(SOURCES_MAX as u32 + 5_000) {
            let source = Source::from(std::net::IpAddr::from(number.to_be_bytes()));
            bans.offend((source, Offence::Limit), &config(), at(0));
        }
        assert!(bans.state.lock().unwrap().points.len() <= SOURCES_MAX);
    }
}
