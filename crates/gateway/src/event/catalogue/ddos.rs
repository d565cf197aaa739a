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

/// Browsers were asked for a proof of work before they saw a page.
pub fn browser_challenged(time: Timestamp, count: u64) -> Event {
    Event::new(BROWSER_CHALLENGED, time).with(&json!({ "count": count }))
}

/// Rules of the packet filter, in numbers.
#[derive(Debug, Clone, Copy)]
pub struct FilterRules<'a> {
    /// The ports that they are about.
    pub ports: &'a [u16],
    /// Networks that are never kept out.
    pub allowed: u32,
    /// Networks that always are.
    pub blocked: u32,
    /// Sources that are for a while.
    pub banned: u32,
    /// What stands for the settings behind them.
    pub settings: &'a str,
}

/// An operator is about to load rules of the packet filter.
pub fn firewall_applied(time: Timestamp, actor: &str, rules: &FilterRules<'_>) -> Event {
    let FilterRules { ports, allowed, blocked, banned, settings } = rules;
    Event::new(FIREWALL_APPLIED, time).by(actor).with(&json!({
        "ports": ports, "allowed": allowed, "blocked": blocked, "banned": banned, "settings": settings,
    }))
}
