//! Requests under way on the data plane, and who gives way when there are too many.
//!
//! The admin plane with its probes is not counted here: it has its own listener and its own connections, so that a flood of
//! prompts never makes the gateway look dead.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How much a request matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Priority {
    /// Logging in, tokens, pages: small, and what people need to put things right.
    Person,
    /// A prompt.
    Prompt,
}

/// Requests under way.
#[derive(Debug, Clone, Default)]
pub(super) struct Load(Arc<AtomicUsize>);

/// One request under way; its end makes room.
#[derive(Debug)]
pub struct Ticket(Arc<AtomicUsize>);

impl Load {
    /// Takes room for a request, of which there may be `max`; prompts may fill nine tenths.
    pub(super) fn enter(&self, priority: Priority, max: usize) -> Option<Ticket> {
        let max = if priority == Priority::Prompt { max / 10 * 9 } else { max };
        let enter = |under_way| (under_way < max).then_some(under_way + 1);
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, enter).ok()?;
        Some(Ticket(self.0.clone()))
    }

    /// How many there are.
    pub(super) fn under_way(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prompts_leave_room_for_people() {
        let load = Load::default();
        let prompts: Vec<Ticket> = std::iter::from_fn(|| load.enter(Priority::Prompt, 20)).collect();
        assert_eq!(prompts.len(), 18);
        assert!(load.enter(Priority::Prompt, 20).is_none());
        let people: Vec<Ticket> = std::iter::from_fn(|| load.enter(Priority::Person, 20)).collect();
        assert_eq!(people.len(), 2);
        drop((prompts, people));
        assert!(load.enter(Priority::Prompt, 20).is_some());
    }
}
