//! The generic cell rate algorithm, as a level that drains evenly: so much within the window, at most the burst at once.
//!
//! The level is kept in units times milliseconds of the window, so that nothing is ever rounded. In any stretch of the
//! length of the window at most the burst plus the rate passes, which is what the algorithm promises.

use super::Window;

/// One level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gcra {
    /// Units that drain within the window.
    rate: u64,
    window_ms: u64,
    scaled: u128,
    at_ms: u64,
}

impl Gcra {
    /// A level of nothing, of which `rate` drains within the window.
    pub fn new(rate: u64, window_ms: u64) -> Self {
        Self { rate, window_ms: window_ms.max(1), scaled: 0, at_ms: 0 }
    }

    fn drain(&mut self, now_ms: u64) {
        let passed = now_ms.saturating_sub(self.at_ms);
        self.scaled = self.scaled.saturating_sub(u128::from(passed) * u128::from(self.rate));
        self.at_ms = self.at_ms.max(now_ms);
    }
}

impl Window for Gcra {
    fn level(&mut self, now_ms: u64) -> u64 {
        self.drain(now_ms);
        u64::try_from(self.scaled.div_ceil(u128::from(self.window_ms))).unwrap_or(u64::MAX)
    }

    fn charge(&mut self, now_ms: u64, amount: u64) {
        self.drain(now_ms);
        self.scaled += u128::from(amount) * u128::from(self.window_ms);
    }

    fn wait_ms(&mut self, now_ms: u64, level: u64) -> u64 {
        self.drain(now_ms);
        let over = self.scaled.saturating_sub(u128::from(level) * u128::from(self.window_ms));
        // From the time that the level stands at, which is later than now when time went back.
        let drains_ms = over.div_ceil(u128::from(self.rate.max(1)));
        u64::try_from(drains_ms).unwrap_or(u64::MAX).saturating_add(self.at_ms - now_ms.min(self.at_ms))
    }
}
