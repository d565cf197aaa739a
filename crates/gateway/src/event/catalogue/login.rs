//! Events of attempts to come in, and of what counts them.

use super::*;

/// What is known about an attempt to log in.
#[derive(Clone, Copy)]
pub struct Attempted<'a> {
    /// Whose account it would be.
    pub tenant: &'a str,
    /// A keyed name of the address that was given.
    pub account: &'a str,
    /// A keyed name of the network it came from.
    pub source: &'a str,
    /// Where it came from. It is sealed.
    pub ip: &'a str,
}

fn attempted(kind: &'static Kind, time: Timestamp, attempt: Attempted<'_>) -> Event {
    let mut event = Event::new(kind, time).with(&json!({ "account": attempt.account, "source": attempt.source }));
    attempt.tenant.clone_into(&mut event.tenant);
    event.sealed.push(("address", attempt.ip.to_owned()));
    event
}

/// Somebody logged in.
pub fn login_succeeded(time: Timestamp, attempt: Attempted<'_>, user: &str) -> Event {
    attempted(LOGIN_SUCCEEDED, time, attempt).by(user)
}

/// Somebody did not.
pub fn login_failed(time: Timestamp, attempt: Attempted<'_>) -> Event {
    attempted(LOGIN_FAILED, time, attempt)
}

/// Somebody has to wait.
pub fn login_throttled(time: Timestamp, attempt: Attempted<'_>) -> Event {
    attempted(LOGIN_THROTTLED, time, attempt)
}

/// Somebody has to bring work.
pub fn login_challenged(time: Timestamp, attempt: Attempted<'_>) -> Event {
    attempted(LOGIN_CHALLENGED, time, attempt)
}

/// Redis does not answer.
pub fn redis_lost(time: Timestamp) -> Event {
    Event::new(REDIS_LOST, time)
}

/// Redis answers again.
pub fn redis_restored(time: Timestamp) -> Event {
    Event::new(REDIS_RESTORED, time)
}

/// An outside provider vouched for somebody.
pub fn outside_login(time: Timestamp, (tenant, user): (&str, &str), provider: &str, has_two_factors: bool) -> Event {
    let detail = json!({ "user_id": user, "provider": provider, "two_factors": has_two_factors });
    of_tenant(OUTSIDE_LOGIN, time, tenant).with(&detail)
}

/// Logins with an outside provider were refused; the account is named where one asked for a link.
pub fn outside_refused(
    time: Timestamp,
    (tenant, user): (&str, Option<&str>),
    provider: &str,
    (reason, says): (&str, &str),
    count: u64,
) -> Event {
    let detail = json!({ "provider": provider, "reason": reason, "says": says, "count": count, "user_id": user });
    of_tenant(OUTSIDE_REFUSED, time, tenant).with(&detail)
}

/// An identity is about to be linked.
pub fn outside_linked(time: Timestamp, (tenant, user): (&str, &str), id: &str, provider: &str) -> Event {
    of_tenant(OUTSIDE_LINKED, time, tenant).with(&json!({ "user_id": user, "identity": id, "provider": provider }))
}

/// An identity is about to be unlinked.
pub fn outside_unlinked(time: Timestamp, (tenant, user): (&str, &str), id: &str, provider: &str) -> Event {
    of_tenant(OUTSIDE_UNLINKED, time, tenant).with(&json!({ "user_id": user, "identity": id, "provider": provider }))
}
