//! Refused logins are counted, and one entry in ten seconds stands for all of a provider and a reason, so that whoever sends
//! forged answers does not fill the log.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::error::Refused;
use super::{Outside, Provider};
use crate::event::catalogue;

const ENTRY_EVERY_S: i64 = 10;

/// Refusals that no entry stands for yet, by provider and reason: both are of closed lists.
#[derive(Debug, Default)]
pub(super) struct Tally(Mutex<HashMap<(String, &'static str), Count>>);

#[derive(Debug, Clone, Copy, Default)]
struct Count {
    entered_at: Option<i64>,
    since: u64,
}

impl Tally {
    /// Counts a refusal; says how many an entry stands for, when it is time for one.
    fn count(&self, provider: &str, reason: &'static str, now: i64) -> Option<u64> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry((provider.to_owned(), reason)).or_default();
        count.since += 1;
        if count.entered_at.is_some_and(|at| now - at < ENTRY_EVERY_S) {
            return None;
        }
        count.entered_at = Some(now);
        Some(std::mem::take(&mut count.since))
    }
}

impl Outside {
    /// Counts a refusal, and enters it when it is time.
    pub(super) fn refuse(&self, provider: &Provider, user: Option<&str>, refused: Refused) -> Refused {
        let (now, name) = (self.clock.now(), provider.config.name.as_str());
        if let Some(count) = self.refusals.count(name, refused.name(), now.as_second()) {
            let tenant = provider.config.tenant.as_str();
            let said = refused.to_string();
            let event = catalogue::outside_refused(now, (tenant, user), name, (refused.name(), &said), count);
            // What is refused stays refused also when the journal fails.
            if let Err(error) = self.journal.append(&event) {
                tracing::error!(error = &error as &dyn std::error::Error, "a refused login was not recorded");
            }
        }
        refused
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_entry_in_ten_seconds_stands_for_all_of_a_kind() {
        let tally = Tally::default();
        assert_eq!(tally.count("corp", "state", 100), Some(1));
        assert!((0..100).all(|_| tally.count("corp", "state", 109).is_none()));
        assert_eq!(tally.count("corp", "nonce", 109), Some(1));
        assert_eq!(tally.count("other", "state", 109), Some(1));
        assert_eq!(tally.count("corp", "state", 110), Some(101));
    }
}
