//! Who has how many connections open.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::infra::network::address::Source;

/// Open connections by source. It holds an entry only for a source that has one open.
#[derive(Debug, Default)]
pub(super) struct Crowd(Mutex<HashMap<Source, usize>>);

/// One open connection; its end gives the place back.
#[derive(Debug)]
pub struct Seat {
    crowd: Arc<Crowd>,
    source: Source,
}

impl Crowd {
    /// Takes a place for one more connection of a source, of which there may be `max`.
    pub(super) fn enter(self: &Arc<Self>, source: Source, max: usize) -> Option<Seat> {
        let mut seats = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = seats.get(&source).copied().unwrap_or_default();
        if taken >= max {
            return None;
        }
        seats.insert(source, taken + 1);
        Some(Seat { crowd: self.clone(), source })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut seats = self.crowd.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(taken) = seats.get_mut(&self.source) {
            *taken -= 1;
            if *taken == 0 {
                seats.remove(&self.source);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_source_has_so_many_places_and_gives_them_back() {
        let crowd = Arc::new(Crowd::default());
        let source = |text: &str| text.parse::<Source>().unwrap();
        let first = crowd.enter(source("2001:db8::1"), 2);
        let second = crowd.enter(source("2001:db8::ffff"), 2);
        assert!(first.is_some() && second.is_some());
        assert!(crowd.enter(source("2001:db8::2"), 2).is_none());
        assert!(crowd.enter(source("192.0.2.1"), 2).is_some());
        drop(second);
        assert!(crowd.enter(source("2001:db8::2"), 2).is_some());
        drop(first);
        assert!(crowd.0.lock().unwrap().is_empty());
    }
}
