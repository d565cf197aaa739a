//! How long judging may take.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// A moment by which an answer is wanted, and a word that it is wanted no longer.
#[derive(Debug, Clone, Default)]
pub struct Budget {
    deadline: Option<Instant>,
    given_up: Arc<AtomicBool>,
}

impl Budget {
    /// As long as it takes.
    pub fn endless() -> Self {
        Self::default()
    }

    /// Until this moment.
    pub fn until(deadline: Instant) -> Self {
        Self { deadline: Some(deadline), ..Self::default() }
    }

    /// Says that nobody waits any more.
    pub fn give_up(&self) {
        self.given_up.store(true, Ordering::Relaxed);
    }

    /// Whether something that takes this long would end in time.
    pub fn allows(&self, takes: Duration) -> bool {
        !self.given_up.load(Ordering::Relaxed) && self.deadline.is_none_or(|deadline| Instant::now() + takes < deadline)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_allows_only_what_ends_in_time() {
        let budget = Budget::until(Instant::now() + Duration::from_secs(60));
        assert!(budget.allows(Duration::from_secs(30)));
        assert!(!budget.allows(Duration::from_secs(61)));
        assert!(!Budget::until(Instant::now()).allows(Duration::ZERO));
        assert!(Budget::endless().allows(Duration::from_secs(1 << 30)));
    }

    #[test]
    fn what_nobody_waits_for_is_not_begun() {
        let budget = Budget::endless();
        budget.clone().give_up();
        assert!(!budget.allows(Duration::ZERO));
    }
}
