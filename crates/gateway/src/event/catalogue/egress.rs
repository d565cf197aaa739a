//! Events of the way out.

use super::*;

/// Connections were not opened: why, who had named the last target, which it was, and where it leads.
pub fn egress_refused(
    time: Timestamp,
    (why, named_by): (&str, &str),
    (target, address): (&str, Option<&str>),
    count: u64,
) -> Event {
    Event::new(EGRESS_REFUSED, time).with(&json!({
        "why": why,
        "named_by": named_by,
        "target": target,
        "address": address,
        "count": count,
    }))
}
