//! How many prompts a provider serves at once without slowing down, found out by watching.
//!
//! After Gradient2 of Netflix's `concurrency-limits`: the time to the first token now, against the average of long. While
//! they are alike the room grows; when the first token comes later than usual, it shrinks in proportion. Samples count only
//! while half of the room is taken, since prompts differ, and a late token among few is no overload. Two things differ. The
//! room begins large, since a start is no overload; and a provider that says it has too much (429, 503, 529, no
//! answer) takes a tenth away at once, which comes back one by one with each answer in time.

use std::time::Duration;

/// Samples that the long average is over.
const LONG: f64 = 600.0;
/// How much less a late sample counts in it.
const LATE: f64 = 20.0;
/// Samples that are taken before anything is concluded.
const WARM_UP: u32 = 10;
/// How much later than usual a first token may come. Prompts differ more than calls of an ordinary service.
const TOLERANCE: f64 = 2.0;
/// The most that one sample takes away.
const GRADIENT_MIN: f64 = 0.5;
/// What it grows by, in requests.
const QUEUE: f64 = 4.0;
/// How much of a new estimate is taken over.
const SMOOTHING: f64 = 0.2;
/// Where it begins, unless that is more than there may be. Beginning at more would notice an overload late, since samples
/// count while half of the room is taken.
const START: f64 = 1_024.0;
/// What a refusal of the provider leaves.
const REFUSED: f64 = 0.9;

/// The room at one provider.
#[derive(Debug, Clone)]
pub struct Gradient {
    room: f64,
    long_s: f64,
    samples: u32,
    least: f64,
    most: f64,
}

impl Gradient {
    /// The room at the start.
    pub fn new(least: u32, most: u32) -> Self {
        Self {
            room: f64::from(most).min(START.max(least.into())),
            long_s: 0.0,
            samples: 0,
            least: least.into(),
            most: most.into(),
        }
    }

    /// Prompts that may be under way.
    pub fn room(&self) -> usize {
        self.room as usize
    }

    /// Takes other bounds.
    pub fn bound(&mut self, least: u32, most: u32) {
        (self.least, self.most) = (least.into(), most.into());
        self.room = self.room.clamp(self.least, self.most);
    }

    /// A first token came so long after it was asked for, with so many prompts under way.
    pub fn observe(&mut self, first_token: Duration, under_way: usize) {
        let short_s = first_token.as_secs_f64().max(1e-4);
        self.samples = self.samples.saturating_add(1);
        // What is late already is no measure of what is usual, or an overload would become usual while it lasts.
        let is_late = self.samples > WARM_UP && short_s > TOLERANCE * self.long_s;
        let weight = if is_late { LONG * LATE } else { f64::from(self.samples).min(LONG) };
        self.long_s += (short_s - self.long_s) / weight;
        // After a long overload the average has followed it; it comes back sooner than it went.
        if self.long_s / short_s > TOLERANCE {
            self.long_s *= 0.95;
        }
        if self.samples <= WARM_UP {
            return;
        }
        let gradient = (TOLERANCE * self.long_s / short_s).clamp(GRADIENT_MIN, 1.0);
        let next = if (under_way as f64) < self.room / 2.0 {
            if gradient < 1.0 { self.room } else { self.room + 1.0 }
        } else {
            self.room + (self.room * gradient + QUEUE - self.room) * SMOOTHING
        };
        self.room = next.clamp(self.least, self.most);
    }

    /// The provider said that it has too much, or said nothing.
    pub fn refused(&mut self) {
        self.room = (self.room * REFUSED).clamp(self.least, self.most);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A provider that serves `capacity` at once in 200 ms and makes everybody wait in proportion beyond; the room after
    /// `rounds` answers while `wanted` want to be under way.
    fn room_after(gradient: &mut Gradient, (capacity, wanted): (usize, usize), rounds: usize) -> usize {
        for _ in 0..rounds {
            let under_way = wanted.min(gradient.room());
            let slower = (under_way as f64 / capacity as f64).max(1.0);
            gradient.observe(Duration::from_secs_f64(0.2 * slower), under_way);
        }
        gradient.room()
    }

    #[test]
    fn a_provider_that_keeps_up_keeps_all_its_room() {
        let mut gradient = Gradient::new(16, 500);
        assert_eq!(room_after(&mut gradient, (2_000, 400), 5_000), 500);
    }

    #[test]
    fn a_provider_that_slows_down_gets_no_more_than_it_can_do() {
        let mut gradient = Gradient::new(16, 500);
        room_after(&mut gradient, (100, 40), 600);
        let room = room_after(&mut gradient, (100, 2_000), 300);
        assert!((100..=260).contains(&room), "{room} at once where 100 are served without waiting");
        // The attack ends, and the room comes back as it is asked for.
        assert_eq!(room_after(&mut gradient, (2_000, 400), 5_000), 500);
    }

    #[test]
    fn refusals_take_room_down_to_what_is_never_too_much_and_answers_give_it_back() {
        let mut gradient = Gradient::new(16, 500);
        gradient.refused();
        assert_eq!(gradient.room(), 450);
        (0..100).for_each(|_| gradient.refused());
        assert_eq!(gradient.room(), 16);
        assert_eq!(room_after(&mut gradient, (100, 4), 600), 500);
    }

    #[test]
    fn late_tokens_among_few_are_no_overload() {
        let mut gradient = Gradient::new(16, 500);
        room_after(&mut gradient, (100, 30), 600);
        (0..100).for_each(|_| gradient.observe(Duration::from_secs(20), 30));
        assert_eq!(gradient.room(), 500);
    }
}
