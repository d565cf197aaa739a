//! How many prompts are under way at each provider, and how many more it is given.
//!
//! A prompt takes a place before it is sent and keeps it until its answer has ended. How many places there are is found out
//! by [`Gradient`] from the time to the first token of streams: the whole time says how much was written, not how busy the
//! provider is. A prompt for which there is no place goes to the model's fallback, or is refused at once with a 503, in
//! place of waiting with all others until nobody is served in time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;

use crate::infra::monitor::metric::ProviderLabels;
use crate::infra::network::ddos::config::OverloadConfig;
use crate::infra::network::ddos::gradient::Gradient;

/// The room at all providers.
#[derive(Debug, Default)]
pub struct Pressure {
    rooms: Mutex<HashMap<String, Arc<Room>>>,
    /// Prompts that may be under way at each provider.
    pub room: Family<ProviderLabels, Gauge>,
    /// Prompts that are.
    pub under_way: Family<ProviderLabels, Gauge>,
}

#[derive(Debug)]
struct Room {
    state: Mutex<(Gradient, usize)>,
    room: Gauge,
    under_way: Gauge,
}

/// One place at a provider, until the answer has ended.
#[derive(Debug)]
pub struct Slot {
    room: Arc<Room>,
    begun: Instant,
    is_timed: bool,
}

impl Pressure {
    /// Takes a place at a provider; those who give way find less room.
    pub(super) fn enter(&self, provider: &str, gives_way: bool, config: &OverloadConfig) -> Option<Slot> {
        let room = self.at(provider, config);
        let mut state = room.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (gradient, under_way) = &mut *state;
        gradient.bound(config.provider_min, config.provider_max);
        let max = if config.adaptive { gradient.room() } else { config.provider_max as usize };
        let max = if gives_way { max * usize::from(config.yielding_percent) / 100 } else { max };
        if *under_way >= max {
            return None;
        }
        *under_way += 1;
        room.show(gradient, *under_way);
        drop(state);
        Some(Slot { room, begun: Instant::now(), is_timed: false })
    }

    fn at(&self, provider: &str, config: &OverloadConfig) -> Arc<Room> {
        let mut rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(room) = rooms.get(provider) {
            return room.clone();
        }
        let labels = ProviderLabels { provider: provider.to_owned() };
        let room = Arc::new(Room {
            state: Mutex::new((Gradient::new(config.provider_min, config.provider_max), 0)),
            room: self.room.get_or_create(&labels).clone(),
            under_way: self.under_way.get_or_create(&labels).clone(),
        });
        rooms.insert(provider.to_owned(), room.clone());
        room
    }
}

impl Room {
    fn show(&self, gradient: &Gradient, under_way: usize) {
        self.room.set(i64::try_from(gradient.room()).unwrap_or(i64::MAX));
        self.under_way.set(i64::try_from(under_way).unwrap_or(i64::MAX));
    }
}

impl Slot {
    /// The first token came; only the first time counts.
    pub(super) fn first_token(&mut self) {
        if !std::mem::replace(&mut self.is_timed, true) {
            let waited = self.begun.elapsed();
            self.learn(|gradient, under_way| gradient.observe(waited, under_way));
        }
    }

    /// The provider said that it has too much, or did not answer.
    pub(super) fn refused(&self) {
        self.learn(|gradient, _| gradient.refused());
    }

    fn learn(&self, lesson: impl FnOnce(&mut Gradient, usize)) {
        let mut state = self.room.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (gradient, under_way) = &mut *state;
        lesson(gradient, *under_way);
        self.room.show(gradient, *under_way);
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut state = self.room.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.1 -= 1;
        self.room.show(&state.0, state.1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(pressure: &Pressure, gives_way: bool, config: &OverloadConfig) -> Vec<Slot> {
        std::iter::from_fn(|| pressure.enter("open", gives_way, config)).collect()
    }

    #[test]
    fn who_gives_way_leaves_room_for_the_others() {
        let config = OverloadConfig { provider_min: 4, provider_max: 40, ..OverloadConfig::default() };
        let pressure = Pressure::default();
        let jobs = places(&pressure, true, &config);
        assert_eq!(jobs.len(), 20);
        let people = places(&pressure, false, &config);
        assert_eq!(people.len(), 20);
        assert!(pressure.enter("open", false, &config).is_none());
        assert!(pressure.enter("other", false, &config).is_some());
        drop((jobs, people));
        assert_eq!(places(&pressure, false, &config).len(), 40);
    }

    #[test]
    fn a_provider_that_refuses_is_given_less() {
        let config = OverloadConfig { provider_min: 4, provider_max: 40, ..OverloadConfig::default() };
        let pressure = Pressure::default();
        let slots = places(&pressure, false, &config);
        (0..60).for_each(|_| slots[0].refused());
        drop(slots);
        assert_eq!(places(&pressure, false, &config).len(), 4);
        let fixed = OverloadConfig { adaptive: false, ..config };
        assert_eq!(places(&pressure, false, &fixed).len(), 40);
    }
}
