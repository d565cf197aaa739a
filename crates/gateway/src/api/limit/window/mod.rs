//! What a counter remembers of the past, behind one trait: how much counts now, and when there is room again.
//!
//! | window | remembers | error |
//! |---|---|---|
//! | [`Sliding`] | amounts in 100 slots of the window | counts an amount for at least the window and at most 1 % longer; never admits more than an exact log |
//! | [`Gcra`] | one level, which drains evenly | none: all arithmetic is in whole numbers |
//! | [`Calendar`] | what was used since the day or the month began | none |
//!
//! Invariants: time that goes back counts as standing still, so that a wrong clock never frees anything early; memory for
//! one counter is bounded.

mod calendar;
mod gcra;
mod sliding;
#[cfg(test)]
mod tests;

pub use calendar::{Calendar, Period};
pub use gcra::Gcra;
pub use sliding::{SLOTS, Sliding};

/// What counts of the past.
pub trait Window {
    /// How much counts now.
    fn level(&mut self, now_ms: u64) -> u64;

    /// Counts an amount from now on.
    fn charge(&mut self, now_ms: u64, amount: u64);

    /// How long until no more than `level` counts, when nothing is added; milliseconds.
    fn wait_ms(&mut self, now_ms: u64, level: u64) -> u64;
}
