//! What is built from a list of patterns, once for all that have the same list.
//!
//! Several policies, and within one the text on its way in, the answer and the stream, mostly look for the same rules. Their
//! automata are large and equal.
//!
//! Invariant: what nobody uses any more is let go.

use std::sync::{Arc, Mutex, PoisonError, Weak};

/// All that was built of one kind and is still in use.
#[derive(Debug)]
pub(crate) struct Shared<T>(Mutex<Vec<(Vec<&'static str>, Weak<T>)>>);

impl<T> Shared<T> {
    /// Nothing yet.
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    /// What belongs to `patterns`, built now unless somebody has it.
    pub(crate) fn of(&self, patterns: Vec<&'static str>, build: impl FnOnce(&[&'static str]) -> T) -> Arc<T> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|(_, built)| built.strong_count() > 0);
        let same = known.iter().find(|(of, _)| *of == patterns).and_then(|(_, built)| built.upgrade());
        same.unwrap_or_else(|| {
            let built = Arc::new(build(&patterns));
            known.push((patterns, Arc::downgrade(&built)));
            built
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_patterns_are_built_once_while_somebody_uses_them() {
        static SHARED: Shared<usize> = Shared::new();
        let first = SHARED.of(vec!["a", "b"], |patterns| patterns.len());
        let same = SHARED.of(vec!["a", "b"], |_| 9);
        let other = SHARED.of(vec!["a"], |patterns| patterns.len());
        assert_eq!((*same, *other), (2, 1));
        drop((first, same));
        assert_eq!(*SHARED.of(vec!["a", "b"], |_| 7), 7);
    }
}
