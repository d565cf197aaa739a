//! Who used what last, written lazily and in groups.
//!
//! A use that was noted in the last minute is not noted again, and what a killed process had not written is lost: the
//! report is about days.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::action::Action;
use super::store;
use crate::store::{Db, StoreError};

type Uses = HashMap<(String, Action), i64>;

/// What is not written yet.
#[derive(Debug, Default)]
pub(super) struct Usage(Mutex<Uses>);

impl Usage {
    pub(super) fn note(&self, principal: &str, action: Action, now_s: i64) {
        self.put([((principal.to_owned(), action), now_s)]);
    }

    pub(super) async fn flush(&self, db: &Db) -> Result<(), StoreError> {
        let uses = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        if uses.is_empty() {
            return Ok(());
        }
        let written = store::put_uses(db, &uses).await;
        if written.is_err() {
            self.put(uses);
        }
        written
    }

    fn put(&self, uses: impl IntoIterator<Item = ((String, Action), i64)>) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (use_of, at_s) in uses {
            let known = waiting.entry(use_of).or_insert(at_s);
            *known = at_s.max(*known);
        }
    }
}
