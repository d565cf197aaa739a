//! How long a client may keep us waiting.
//!
//! A purse of time: waiting spends it, bytes earn it back at the slowest rate that is honest, and it never holds more than
//! it began with. A client that stands still is cut when the purse is empty; one that trickles is too, only later; one that
//! is as fast as the rate never is.

use std::time::Duration;

/// The purse of one direction of a connection.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    left: Duration,
    most: Duration,
    bytes_per_s: u32,
}

impl Pace {
    /// A full purse.
    pub fn new(most: Duration, bytes_per_s: u32) -> Self {
        Self { left: most, most, bytes_per_s: bytes_per_s.max(1) }
    }

    /// How long may still be waited.
    pub fn left(&self) -> Duration {
        self.left
    }

    /// Spends what was waited; says whether anything is left.
    pub fn wait(&mut self, waited: Duration) -> bool {
        self.left = self.left.saturating_sub(waited);
        !self.left.is_zero()
    }

    /// Earns the time that so many bytes take at the slowest rate.
    pub fn earn(&mut self, bytes: usize) {
        let earned = Duration::from_secs_f64(bytes as f64 / f64::from(self.bytes_per_s));
        self.left = self.left.saturating_add(earned).min(self.most);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seconds until a client that brings `bytes` every `every_ms` is cut, within an hour.
    fn cut_after_s(bytes: usize, every_ms: u64) -> Option<u64> {
        let mut pace = Pace::new(Duration::from_secs(20), 256);
        (1..=3_600_000 / every_ms).find_map(|round| {
            let goes_on = pace.wait(Duration::from_millis(every_ms));
            pace.earn(bytes);
            (!goes_on).then_some(round * every_ms / 1000)
        })
    }

    #[test]
    fn who_stands_still_or_trickles_is_cut_and_who_is_honest_is_not() {
        assert_eq!(cut_after_s(0, 1_000), Some(20));
        assert_eq!(cut_after_s(1, 10_000), Some(30));
        assert_eq!(cut_after_s(128, 1_000), Some(39));
        assert_eq!(cut_after_s(256, 1_000), None);
        assert_eq!(cut_after_s(16 * 1024, 15_000), None);
    }
}
