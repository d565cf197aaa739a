//! How long the next attempt waits, from how many failed before.
//!
//! Failures leak away one by one, so that a mistyped password is forgotten. Beyond the free ones the wait doubles from one
//! second up to the budget's longest.

/// What a budget is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Budget {
    /// Failures without a wait.
    pub(super) free: u32,
    /// The longest wait.
    pub(super) wait_max_ms: i64,
    /// One failure is forgotten after this.
    pub(super) leak_ms: i64,
}

/// What is known about one subject.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    /// Attempts that failed, or are under way.
    pub failures: i64,
    /// The last one, in milliseconds since 1970.
    pub last_ms: i64,
    /// When the next one may come; 0 when nobody has to wait. It is never the time of the last attempt: nodes, and tasks
    /// that read while another writes, do not have quite the same time.
    pub open_ms: i64,
}

impl Count {
    /// Something that is used up.
    pub(super) fn spent(now_ms: i64) -> Self {
        Self { failures: 1, last_ms: now_ms, open_ms: i64::MAX }
    }
}

impl Budget {
    /// What is left of a count now.
    fn leaked(&self, count: Count, now_ms: i64) -> i64 {
        let passed_ms = (now_ms - count.last_ms).max(0);
        (count.failures - passed_ms / self.leak_ms).max(0)
    }

    /// How long the subject still has to wait.
    pub(super) fn wait_ms(count: Count, now_ms: i64) -> i64 {
        (count.open_ms - now_ms).max(0)
    }

    /// The count with one more attempt, which counts as failed until it is known better.
    pub(super) fn charge(&self, count: Count, now_ms: i64) -> Count {
        let failures = self.leaked(count, now_ms) + 1;
        let beyond = failures - i64::from(self.free);
        let open_ms = match beyond {
            ..0 => 0,
            // The attempt that uses the budget up makes the next one wait.
            0..=20 => now_ms + (1_000_i64 << beyond).min(self.wait_max_ms),
            _ => now_ms + self.wait_max_ms,
        };
        Count { failures, last_ms: now_ms, open_ms }
    }

    /// The count without an attempt that succeeded.
    pub(super) fn refund(&self, count: Count, now_ms: i64) -> Count {
        let failures = (self.leaked(count, now_ms) - 1).max(0);
        let open_ms = if failures < i64::from(self.free) { 0 } else { count.open_ms };
        Count { failures, last_ms: now_ms, open_ms }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUDGET: Budget = Budget { free: 3, wait_max_ms: 8_000, leak_ms: 60_000 };

    #[test]
    fn the_wait_doubles_up_to_the_longest_and_failures_leak() {
        let mut count = Count::default();
        let mut waits = Vec::new();
        let mut now_ms = 1_000_000;
        for _ in 0..8 {
            count = BUDGET.charge(count, now_ms);
            let wait_ms = Budget::wait_ms(count, now_ms);
            waits.push(wait_ms);
            now_ms += wait_ms;
        }
        assert_eq!(waits, [0, 0, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000]);
        let later = BUDGET.charge(count, now_ms + 8 * 60_000);
        assert_eq!((later.failures, later.open_ms), (1, 0));
    }

    #[test]
    fn a_success_gives_its_own_attempt_back_and_nobody_elses() {
        let first = BUDGET.charge(Count::default(), 0);
        let second = BUDGET.charge(first, 0);
        assert_eq!(BUDGET.refund(second, 0).failures, 1);
    }

    #[test]
    fn who_reads_the_clock_before_anothers_attempt_does_not_wait_for_it() {
        let others = BUDGET.charge(Count::default(), 1_000);
        assert_eq!(Budget::wait_ms(others, 990), 0);
        let given_back = BUDGET.refund(BUDGET.charge(BUDGET.charge(others, 1_000), 1_000), 1_001);
        assert_eq!(Budget::wait_ms(given_back, 990), 0);
    }
}
