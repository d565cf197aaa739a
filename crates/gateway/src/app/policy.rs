//! Changing stored policies while the gateway runs.
//!
//! Invariants: a change is in force when it is answered, or nothing changed; what is taken over holds every change before it,
//! because there is one at a time.

use super::{App, StartError};
use crate::event::catalogue;
use crate::model::policy::config::PolicyConfig;
use crate::model::policy::revision::{self, Change};
use crate::model::policy::store::PolicyStoreError;
use crate::model::policy::{Policy, store};

/// Who stores a policy, and knowing what.
#[derive(Debug, Clone, Copy)]
pub struct Writer<'a> {
    /// The id of a key or a person.
    pub actor: &'a str,
    /// The revision that the policy comes back from.
    pub restores: Option<i64>,
    /// The newest revision that they saw, where they say so: 0 for none. Nothing changes when there is a newer one.
    pub saw: Option<i64>,
}

impl App {
    /// Stores a policy, in the place of one of the same name.
    ///
    /// # Errors
    /// When it or the configuration cannot take effect, when the writer did not see the newest revision, or when the change
    /// cannot be recorded or stored.
    pub async fn store_policy(&self, policy: PolicyConfig, by: Writer<'_>) -> Result<(), StartError> {
        let _alone = self.changing.lock().await;
        let Writer { actor, restores, saw } = by;
        let number = revision::newest(self.db(), &policy.name).await?;
        if saw.is_some_and(|saw| saw != number) {
            return Err(PolicyStoreError::Outdated { name: policy.name, number }.into());
        }
        let now = self.clock.now();
        let version = Policy::compile(policy.clone()).version;
        let mut stored = store::all(self.db()).await?;
        stored.retain(|other| other.name != policy.name);
        stored.push(policy.clone());
        store::in_order(&mut stored);
        let next = self.prepare(stored)?;
        self.record_access(&next, actor).await?;
        let event = catalogue::policy_stored(now, actor, (&policy.name, &version), restores);
        self.journal.append_durable(&event).await?;
        let change = Change { actor, now_s: now.as_second(), version: Some(&version), restores, follows: saw };
        store::put(self.db(), &policy, &change).await?;
        self.take_over(next);
        Ok(())
    }

    /// Removes a stored policy; false when there is none.
    ///
    /// # Errors
    /// As [`App::store_policy`].
    pub async fn remove_policy(&self, name: &str, actor: &str) -> Result<bool, StartError> {
        let _alone = self.changing.lock().await;
        let mut stored = store::all(self.db()).await?;
        if stored.iter().all(|policy| policy.name != name) {
            return Ok(false);
        }
        stored.retain(|policy| policy.name != name);
        let next = self.prepare(stored)?;
        let now = self.clock.now();
        self.record_access(&next, actor).await?;
        self.journal.append_durable(&catalogue::policy_removed(now, actor, name)).await?;
        let change = Change { actor, now_s: now.as_second(), version: None, restores: None, follows: None };
        store::delete(self.db(), name, &change).await?;
        self.take_over(next);
        Ok(true)
    }
}
