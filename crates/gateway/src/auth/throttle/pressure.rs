//! Whether a spraying attack is under way: so many attempts fail, whatever account they are for, that unknown browsers
//! have to work for each.
//!
//! Counted over a minute in six parts, by all nodes together: each adds what it saw since the last second to a count of
//! the part in the tally, and reads there what the others saw. What is refused for want of work counts as failed, so it
//! stays on while the attack goes on, and switches off after a quiet minute.
//!
//! Invariant: when the tally fails, a node goes by what it knows itself.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};

use super::budget::Count;
use super::tally::{Subject, Tally};
use crate::store::StoreError;

const PARTS: i64 = 6;
const PART_MS: i64 = 10_000;
/// How often nodes tell each other.
const TOLD_EVERY_MS: i64 = 1_000;
/// Nodes that add to a part at once; who loses so often adds a second later.
const SWAPS_MAX: usize = 4;
/// Four of five attempts.
const RATIO: (i64, i64) = (4, 5);

/// The attempts of the last minute.
#[derive(Debug)]
pub(super) struct Pressure {
    parts: Mutex<[Part; PARTS as usize]>,
    failures_min: u32,
    said_ms: AtomicI64,
    told_ms: AtomicI64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Part {
    number: i64,
    /// What this node saw and did not tell yet.
    own: Seen,
    /// What all nodes told.
    all: Seen,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Seen {
    failed: i64,
    tried: i64,
}

impl Pressure {
    pub(super) fn new(failures_min: u32) -> Self {
        let never = || AtomicI64::new(i64::MIN / 2);
        Self { parts: Mutex::default(), failures_min, said_ms: never(), told_ms: never() }
    }

    /// Counts an attempt.
    pub(super) fn add(&self, has_failed: bool, now_ms: i64) {
        self.with(now_ms / PART_MS, |part| {
            part.own.tried += 1;
            part.own.failed += i64::from(has_failed);
        });
    }

    /// Whether there is an attack.
    pub(super) fn is_high(&self, now_ms: i64) -> bool {
        let number = now_ms / PART_MS;
        let parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        let recent = parts.iter().filter(|part| number - part.number < PARTS);
        let (failed, tried) = recent.fold((0, 0), |(failed, tried), part| {
            (failed + part.own.failed + part.all.failed, tried + part.own.tried + part.all.tried)
        });
        failed >= i64::from(self.failures_min) && failed * RATIO.1 > tried * RATIO.0
    }

    /// Tells the other nodes and hears them, when a second has passed.
    ///
    /// # Errors
    /// When the tally fails; then it is told later.
    pub(super) async fn exchange(
        &self,
        tally: &dyn Tally,
        subject: impl Fn(i64) -> Subject,
        now_ms: i64,
    ) -> Result<(), StoreError> {
        let told_ms = self.told_ms.load(Ordering::Relaxed);
        let is_time = now_ms - told_ms >= TOLD_EVERY_MS;
        if !is_time || self.told_ms.compare_exchange(told_ms, now_ms, Ordering::Relaxed, Ordering::Relaxed).is_err() {
            return Ok(());
        }
        let number = now_ms / PART_MS;
        for number in number - PARTS + 1..=number {
            self.exchange_part(tally, &subject(number), number, now_ms).await?;
        }
        Ok(())
    }

    async fn exchange_part(
        &self,
        tally: &dyn Tally,
        subject: &Subject,
        number: i64,
        now_ms: i64,
    ) -> Result<(), StoreError> {
        for _ in 0..SWAPS_MAX {
            let old = tally.read(subject).await?;
            let own = self.with(number, |part| {
                part.all = Seen { failed: old.failures, tried: old.open_ms };
                part.own
            });
            if own == Seen::default() {
                break;
            }
            // The field that holds a time elsewhere counts all attempts here.
            let new = Count { failures: old.failures + own.failed, last_ms: now_ms, open_ms: old.open_ms + own.tried };
            if tally.swap(subject, old, new).await? {
                self.with(number, |part| {
                    part.own = Seen { failed: part.own.failed - own.failed, tried: part.own.tried - own.tried };
                    part.all = Seen { failed: new.failures, tried: new.open_ms };
                });
                break;
            }
        }
        Ok(())
    }

    /// Whether nobody was told for a minute: an attack is not to fill the log.
    pub(super) fn is_news(&self, now_ms: i64) -> bool {
        let said_ms = self.said_ms.load(Ordering::Relaxed);
        now_ms - said_ms >= PARTS * PART_MS
            && self.said_ms.compare_exchange(said_ms, now_ms, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    fn with<T>(&self, number: i64, change: impl FnOnce(&mut Part) -> T) -> T {
        let mut parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        let part = &mut parts[number.rem_euclid(PARTS) as usize];
        if part.number != number {
            *part = Part { number, ..Part::default() };
        }
        change(part)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tally::MemoryTally;
    use super::*;

    #[tokio::test]
    async fn nodes_add_up_what_each_saw_and_count_nothing_twice() {
        let tally = MemoryTally::new(100);
        let subject = |number: i64| [u8::try_from(number.rem_euclid(251)).unwrap(); 32];
        let nodes = [Pressure::new(10), Pressure::new(10), Pressure::new(10)];
        let mut now_ms = 1_000_000;
        for node in &nodes[..2] {
            (0..5).for_each(|_| node.add(true, now_ms));
        }
        assert!(nodes.iter().all(|node| !node.is_high(now_ms)), "each alone");
        for _ in 0..5 {
            for node in &nodes {
                node.exchange(&tally, subject, now_ms).await.unwrap();
            }
            now_ms += TOLD_EVERY_MS;
        }
        assert!(nodes.iter().all(|node| node.is_high(now_ms)), "all together, also on the one that saw nothing");
        let told = tally.read(&subject(1_000_000 / PART_MS)).await.unwrap();
        assert_eq!((told.failures, told.open_ms), (10, 10));
        assert!(nodes.iter().all(|node| !node.is_high(1_070_000)), "a minute later");
    }

    #[test]
    fn many_failures_among_few_successes_are_an_attack_for_a_minute() {
        let pressure = Pressure::new(10);
        (0..10).for_each(|_| pressure.add(true, 1_000_000));
        assert!(pressure.is_high(1_000_000) && pressure.is_high(1_040_000));
        assert!(!pressure.is_high(1_070_000), "a minute later");
        let busy = Pressure::new(10);
        (0..40).for_each(|number| busy.add(number % 4 == 0, 1_000_000));
        assert!(!busy.is_high(1_000_000), "a busy morning");
    }
}
