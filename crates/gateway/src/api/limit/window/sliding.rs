//! The sliding-window counter: the window is cut into 100 slots, and what stands in a slot counts until the window has
//! passed since the slot's end.
//!
//! So an amount counts for at least the window, and at most one slot, 1 %, longer: nothing is admitted that an exact log of
//! the window would refuse, and all is admitted that an exact log of a window 1 % longer would admit. Interpolating the
//! oldest slot, as is usual, would err to both sides.

use std::collections::VecDeque;

use super::Window;

/// Slots of a window.
pub const SLOTS: u64 = 100;

/// Amounts by slot, the empty ones left out: 2 KiB at most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sliding {
    slot_ms: u64,
    slots: VecDeque<(u64, u64)>,
    total: u64,
}

impl Sliding {
    /// A window in which nothing counts yet; `window_ms` is at least 100.
    pub fn new(window_ms: u64) -> Self {
        Self { slot_ms: window_ms.div_ceil(SLOTS).max(1), slots: VecDeque::new(), total: 0 }
    }

    /// The slot of a time, or the newest one, when time went back.
    fn slot(&self, now_ms: u64) -> u64 {
        let newest = self.slots.back().map_or(0, |(slot, _)| *slot);
        (now_ms / self.slot_ms).max(newest)
    }

    fn forget(&mut self, now: u64) {
        while let Some((slot, amount)) = self.slots.front().copied()
            && now > slot + SLOTS
        {
            self.total -= amount;
            self.slots.pop_front();
        }
    }
}

impl Window for Sliding {
    fn level(&mut self, now_ms: u64) -> u64 {
        self.forget(self.slot(now_ms));
        self.total
    }

    fn charge(&mut self, now_ms: u64, amount: u64) {
        let now = self.slot(now_ms);
        self.forget(now);
        let amount = amount.min(u64::MAX - self.total);
        if amount == 0 {
            return;
        }
        self.total += amount;
        match self.slots.back_mut() {
            Some((slot, sum)) if *slot == now => *sum += amount,
            _ => self.slots.push_back((now, amount)),
        }
    }

    fn wait_ms(&mut self, now_ms: u64, level: u64) -> u64 {
        self.forget(self.slot(now_ms));
        let mut left = self.total;
        for (slot, amount) in &self.slots {
            if left <= level {
                break;
            }
            left -= amount;
            if left <= level {
                return ((slot + SLOTS + 1) * self.slot_ms).saturating_sub(now_ms);
            }
        }
        0
    }
}

#[cfg(test)]
impl Sliding {
    pub(super) fn slots_held(&self) -> usize {
        self.slots.len()
    }

    pub(in crate::api::limit) fn heap_bytes(&self) -> usize {
        self.slots.capacity() * size_of::<(u64, u64)>()
    }
}
