//! Decisions that were made before.
//!
//! An entry is named by everything that the decision depends on: who, of which tenant, what, on what, and the generation
//! of policies and standings. So a change needs no sweep: what was decided before it is not found again.

use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use quick_cache::Equivalent;

use super::action::{Action, Kind, Resource};
use super::policies::Decided;

/// Decisions that are remembered.
const DECISIONS_MAX: usize = 50_000;
/// Longer names, which only clients choose, are decided anew each time.
const NAME_BYTES_MAX: usize = 128;
/// A use is noted at most so often.
const NOTED_EVERY_S: i64 = 60;

/// What a decision depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Asked<'a> {
    pub(super) generation: u64,
    pub(super) actor: &'a str,
    pub(super) tenant: &'a str,
    pub(super) action: Action,
    pub(super) resource: Resource<'a>,
}

/// The same, kept.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Key {
    generation: u64,
    actor: Box<str>,
    tenant: Box<str>,
    action: Action,
    kind: Kind,
    id: Box<str>,
    of_tenant: Box<str>,
    owner: Box<str>,
}

/// A decision, and when its use was noted last.
#[derive(Debug)]
pub(super) struct Remembered {
    pub(super) decided: Decided,
    noted_s: AtomicI64,
}

/// All of them.
#[derive(Debug)]
pub(super) struct Cache(quick_cache::sync::Cache<Key, Arc<Remembered>>);

impl Default for Cache {
    fn default() -> Self {
        Self(quick_cache::sync::Cache::new(DECISIONS_MAX))
    }
}

impl Cache {
    pub(super) fn find_or(&self, asked: &Asked<'_>, decide: impl FnOnce() -> Decided) -> Arc<Remembered> {
        if let Some(known) = self.0.get(asked) {
            return known;
        }
        let remembered = Arc::new(Remembered::new(decide()));
        if asked.resource.id.len() <= NAME_BYTES_MAX {
            self.0.insert(Key::of(asked), remembered.clone());
        }
        remembered
    }
}

impl Remembered {
    pub(super) fn new(decided: Decided) -> Self {
        Self { decided, noted_s: AtomicI64::new(i64::MIN / 2) }
    }

    /// Whether its use is to be noted now. Says so once.
    pub(super) fn is_due(&self, now_s: i64) -> bool {
        let last = self.noted_s.load(Ordering::Relaxed);
        now_s - last >= NOTED_EVERY_S
            && self.noted_s.compare_exchange(last, now_s, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
}

impl Key {
    fn of(asked: &Asked<'_>) -> Self {
        Self {
            generation: asked.generation,
            actor: asked.actor.into(),
            tenant: asked.tenant.into(),
            action: asked.action,
            kind: asked.resource.kind,
            id: asked.resource.id.into(),
            of_tenant: asked.resource.tenant.into(),
            owner: asked.resource.owner.into(),
        }
    }

    fn asked(&self) -> Asked<'_> {
        Asked {
            generation: self.generation,
            actor: &self.actor,
            tenant: &self.tenant,
            action: self.action,
            resource: Resource { kind: self.kind, id: &self.id, tenant: &self.of_tenant, owner: &self.owner },
        }
    }
}

// A kept key and a borrowed one hash alike.
impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.asked().hash(state);
    }
}

impl Equivalent<Key> for Asked<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        *self == key.asked()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_is_found_again_by_all_that_it_depends_on_and_by_nothing_less() {
        let cache = Cache::default();
        let resource = Resource { kind: Kind::Model, id: "m", tenant: "t", owner: "" };
        let asked = Asked { generation: 1, actor: "a", tenant: "t", action: Action::ModelInfer, resource };
        let decided = |asked: &Asked<'_>| {
            let mut count = 0;
            cache.find_or(asked, || {
                count += 1;
                Decided { is_allowed: true, policies: vec![], errors: vec![] }
            });
            count == 1
        };
        assert!(decided(&asked) && !decided(&asked));
        for other in [
            Asked { generation: 2, ..asked },
            Asked { actor: "b", ..asked },
            Asked { tenant: "u", ..asked },
            Asked { action: Action::ModelList, ..asked },
            Asked { resource: Resource { kind: Kind::Route, ..resource }, ..asked },
            Asked { resource: Resource { id: "n", ..resource }, ..asked },
            Asked { resource: Resource { tenant: "u", ..resource }, ..asked },
            Asked { resource: Resource { owner: "o", ..resource }, ..asked },
        ] {
            assert!(decided(&other) && !decided(&other), "{other:?}");
        }
    }
}
