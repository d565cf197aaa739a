//! Events of limits.

use jiff::Timestamp;
use serde_json::json;

use super::{BUDGET_REACHED, LIMIT_EXCEEDED, LIMIT_RESET, LIMITS_ALONE, LIMITS_TOGETHER};
use crate::event::Event;

/// A limit refuses somebody, or would. Whose counter it is may be an address, so that is sealed.
pub fn limit_exceeded(time: Timestamp, limit: &str, whose: &str, is_shadow: bool) -> Event {
    let mode = if is_shadow { "shadow" } else { "enforce" };
    let mut event = Event::new(LIMIT_EXCEEDED, time).with(&json!({ "limit": limit, "mode": mode }));
    event.sealed.push(("counter", whose.to_owned()));
    event
}

/// So much of a budget is used. Budgets are not of addresses.
pub fn budget_reached(time: Timestamp, (limit, whose): (&str, &str), percent: u8, (used, max): (&str, &str)) -> Event {
    Event::new(BUDGET_REACHED, time)
        .with(&json!({ "limit": limit, "counter": whose, "percent": percent, "used": used, "max": max }))
}

/// What somebody used is about to be forgotten.
pub fn limit_reset(time: Timestamp, actor: &str, limit: &str, whose: &str) -> Event {
    let mut event = Event::new(LIMIT_RESET, time).by(actor).with(&json!({ "limit": limit }));
    event.sealed.push(("counter", whose.to_owned()));
    event
}

/// This node counts for itself.
pub fn limits_alone(time: Timestamp, refuses: bool) -> Event {
    Event::new(LIMITS_ALONE, time).with(&json!({ "refuses": refuses }))
}

/// It counts together with the others again.
pub fn limits_together(time: Timestamp) -> Event {
    Event::new(LIMITS_TOGETHER, time)
}
