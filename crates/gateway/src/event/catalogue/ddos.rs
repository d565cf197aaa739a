//! Events of staying up under attack.

use super::*;

/// What is known about a ban.
#[derive(Debug, Clone)]
pub struct Banned<'a> {
    /// Who is kept out. It is sealed.
    pub address: String,
    /// The offence that was one too many, or what the operator said.
    pub reason: &'a str,
    /// For how long.
    pub seconds: u64,
    /// Bans of this address in a row.
    pub row: u32,
}

/// An address is kept out from now on; with an actor, because an operator is about to say so.
pub fn address_banned(time: Timestamp, actor: Option<&str>, banned: Banned<'_>) -> Event {
    let event = Event::new(ADDRESS_BANNED, time)
        .with(&json!({ "reason": banned.reason, "seconds": banned.seconds, "row": banned.row }));
    let mut event = match actor {
        Some(actor) => event.by(actor),
        None => event,
    };
    event.sealed.push(("address", banned.address));
    event
}

/// An operator is about to let an address in again.
pub fn address_unbanned(time: Timestamp, actor: &str, address: &str) -> Event {
    let mut event = Event::new(ADDRESS_UNBANNED, time).by(actor);
    event.sealed.push(("address", address.to_owned()));
    event
}

/// Requests were refused for overload.
pub fn overload_shed(time: Timestamp, (at, provider): (&str, &str), count: u64) -> Event {
    Event::new(OVERLOAD_SHED, time).with(&json!({ "at": at, "provider": provider, "count": count }))
}
