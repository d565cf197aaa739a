//! Whether a spraying attack is under way: so many attempts fail, whatever account they are for, that unknown browsers
//! have to work for each.
//!
//! Counted on each node for itself, over a minute in six parts. It switches off when the minute is quiet again.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};

const PARTS: usize = 6;
const PART_MS: i64 = 10_000;
/// Four of five attempts.
const RATIO: (u64, u64) = (4, 5);

/// The attempts of the last minute.
#[derive(Debug)]
pub(super) struct Pressure {
    parts: Mutex<[Part; PARTS]>,
    failures_min: u32,
    told_ms: AtomicI64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Part {
    number: i64,
    failed: u64,
    all: u64,
}

impl Pressure {
    pub(super) fn new(failures_min: u32) -> Self {
        Self { parts: Mutex::default(), failures_min, told_ms: AtomicI64::new(i64::MIN / 2) }
    }

    /// Counts an attempt.
    pub(super) fn add(&self, has_failed: bool, now_ms: i64) {
        let number = now_ms / PART_MS;
        let mut parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        let part = &mut parts[number.rem_euclid(PARTS as i64) as usize];
        if part.number != number {
            *part = Part { number, ..Part::default() };
        }
        part.all += 1;
        part.failed += u64::from(has_failed);
    }

    /// Whether there is an attack.
    pub(super) fn is_high(&self, now_ms: i64) -> bool {
        let number = now_ms / PART_MS;
        let parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        let recent = parts.iter().filter(|part| number - part.number < PARTS as i64);
        let (failed, all) = recent.fold((0, 0), |(failed, all), part| (failed + part.failed, all + part.all));
        failed >= u64::from(self.failures_min) && failed * RATIO.1 > all * RATIO.0
    }

    /// Whether nobody was told for a minute: an attack is not to fill the log.
    pub(super) fn is_news(&self, now_ms: i64) -> bool {
        let told_ms = self.told_ms.load(Ordering::Relaxed);
        now_ms - told_ms >= PARTS as i64 * PART_MS
            && self.told_ms.compare_exchange(told_ms, now_ms, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
