//! Attempts that were blocked, by who made them. They fade.

use std::time::Duration;

use jiff::Timestamp;
use quick_cache::sync::Cache;

/// Who is remembered at one time.
const REMEMBERED: usize = 50_000;

/// The attempts of everybody.
#[derive(Debug)]
pub struct Probes(Cache<String, (f32, Timestamp)>);

impl Default for Probes {
    fn default() -> Self {
        Self(Cache::new(REMEMBERED))
    }
}

impl Probes {
    /// How many attempts somebody made, the older the less.
    pub fn count(&self, who: &str, now: Timestamp, half_life: Duration) -> f32 {
        self.0.get(who).map_or(0.0, |known| faded(known, now, half_life))
    }

    /// Adds one. Of two at the very same time one may be lost.
    pub fn add(&self, who: &str, now: Timestamp, half_life: Duration) {
        let count = self.count(who, now, half_life) + 1.0;
        self.0.insert(who.to_owned(), (count, now));
    }
}

fn faded((count, at): (f32, Timestamp), now: Timestamp, half_life: Duration) -> f32 {
    let passed = now.duration_since(at).as_secs_f32().max(0.0);
    count * 0.5_f32.powf(passed / half_life.as_secs_f32().max(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_count_half_after_a_while() {
        let (probes, half_life) = (Probes::default(), Duration::from_secs(600));
        let at = |second: i64| Timestamp::from_second(1_000_000 + second).unwrap();
        for _ in 0..4 {
            probes.add("eve", at(0), half_life);
        }
        let check = |who, second, expected: f32| {
            assert!((probes.count(who, at(second), half_life) - expected).abs() < 0.01, "{who} {second}");
        };
        check("eve", 0, 4.0);
        check("eve", 600, 2.0);
        check("eve", 7_200, 0.0);
        check("ada", 0, 0.0);
    }
}
