//! Every kind of event, and how each is made.

use jiff::Timestamp;
use serde_json::json;

use super::{Event, Kind, Severity};

macro_rules! kinds {
    ($($constant:ident = $name:literal, $severity:ident, $when:literal;)*) => {
        $(
            #[doc = $when]
            pub const $constant: &Kind = &Kind { name: $name, severity: Severity::$severity, when: $when };
        )*
        /// All kinds, by section.
        pub const ALL: &[&Kind] = &[$($constant),*];
    };
}

kinds! {
    EXCHANGE_ALLOWED = "exchange.allowed", Info, "A prompt and its answer passed unchanged.";
    EXCHANGE_MASKED = "exchange.masked", Notice, "A prompt or its answer passed with something masked.";
    EXCHANGE_HELD = "exchange.held", Warning, "A policy holds a prompt or an answer for review.";
    EXCHANGE_BLOCKED = "exchange.blocked", Warning, "A policy blocked a prompt or an answer.";
    EXCHANGE_DENIED = "exchange.denied", Warning, "Somebody without a valid key, or without the permission, asked.";
    EXCHANGE_FAILED = "exchange.failed", Notice, "A prompt could not be served: bad input, or the provider failed.";
    EXCHANGE_CANCELLED = "exchange.cancelled", Info, "The client went away before the end of the answer.";
    KEY_CREATED = "key.created", Notice, "An API key is about to be made.";
    KEY_ROTATED = "key.rotated", Notice, "An API key is about to be replaced; the old one stays valid for the overlap.";
    KEY_REVOKED = "key.revoked", Notice, "An API key is about to be revoked.";
    SESSION_CREATED = "session.created", Notice, "A session is about to begin: a login, or an operator's command.";
    SESSION_ENDED = "session.ended", Notice, "A session is about to end: a logout, or a revocation.";
    TOKEN_ISSUED = "token.issued", Notice, "An operator is about to issue tokens of a person, without a login.";
    TOKEN_REFRESHED = "token.refreshed", Info, "A refresh token is about to be exchanged for its successor.";
    REFRESH_REPLAYED = "refresh.replayed", Info, "A refresh token came twice within the grace; it gets the same successor.";
    REFRESH_RECOVERED = "refresh.recovered", Notice, "A refresh token came again, and its successor had not arrived; it gets the same one.";
    REFRESH_REUSED = "refresh.reused", Warning, "A refresh token that was used before came again; its session is about to end.";
    TOKEN_REVOKED = "token.revoked", Notice, "All tokens of a person, a client, a tenant or of everybody are about to be revoked.";
    TOKEN_REJECTED = "token.rejected", Notice, "Access tokens were refused; one entry in ten seconds stands for all of a kind.";
    SIGNING_KEY_ROTATED = "signing_key.rotated", Notice, "A key to sign access tokens is about to be made.";
    CONFIG_RELOADED = "config.reloaded", Notice, "The configuration and the stored policies are taken over again.";
    POLICY_STORED = "policy.stored", Notice, "A policy is about to be stored over the admin API.";
    POLICY_REMOVED = "policy.removed", Notice, "A stored policy is about to be removed over the admin API.";
    ADMIN_DENIED = "admin.denied", Warning, "Somebody without the permission asked for the admin API.";
    AUDIT_REVEALED = "audit.revealed", Warning, "Sealed fields of an entry are about to be shown.";
    AUDIT_EXPORTED = "audit.exported", Notice, "The audit log is about to be exported.";
}

/// A key is about to be made.
pub fn key_created(time: Timestamp, key_id: &str, name: &str, scopes: &[String]) -> Event {
    Event::new(KEY_CREATED, time).with(&json!({ "key_id": key_id, "name": name, "scopes": scopes }))
}

/// A key is about to be replaced.
pub fn key_rotated(time: Timestamp, old: &str, new: &str, old_ends_at: Timestamp) -> Event {
    Event::new(KEY_ROTATED, time).with(&json!({ "key_id": old, "replaced_by": new, "ends_at": old_ends_at }))
}

/// A key is about to be revoked.
pub fn key_revoked(time: Timestamp, key_id: &str) -> Event {
    Event::new(KEY_REVOKED, time).with(&json!({ "key_id": key_id }))
}

/// A session is about to begin.
pub fn session_created(time: Timestamp, session: &str, user: &str, client: &str) -> Event {
    Event::new(SESSION_CREATED, time).with(&json!({ "session": session, "user": user, "client": client }))
}

/// A session is about to end.
pub fn session_ended(time: Timestamp, session: &str, user: &str, reason: &str) -> Event {
    Event::new(SESSION_ENDED, time).with(&json!({ "session": session, "user": user, "reason": reason }))
}

/// An operator is about to issue tokens.
pub fn token_issued(time: Timestamp, user: &str, client: &str, scopes: &[String]) -> Event {
    Event::new(TOKEN_ISSUED, time).with(&json!({ "user": user, "client": client, "scopes": scopes }))
}

/// A refresh token is about to be exchanged.
pub fn token_refreshed(time: Timestamp, session: &str, counter: i64) -> Event {
    Event::new(TOKEN_REFRESHED, time).with(&json!({ "session": session, "counter": counter }))
}

/// A refresh token came twice within the grace.
pub fn refresh_replayed(time: Timestamp, session: &str, counter: i64) -> Event {
    Event::new(REFRESH_REPLAYED, time).with(&json!({ "session": session, "counter": counter }))
}

/// A refresh token came again, and its successor had not arrived.
pub fn refresh_recovered(time: Timestamp, session: &str, counter: i64) -> Event {
    Event::new(REFRESH_RECOVERED, time).with(&json!({ "session": session, "counter": counter }))
}

/// A refresh token that was used before came again.
pub fn refresh_reused(time: Timestamp, session: &str, presented: i64, counter: i64) -> Event {
    let detail = json!({ "session": session, "presented": presented, "counter": counter });
    Event::new(REFRESH_REUSED, time).with(&detail)
}

/// All tokens of a subject are about to be revoked.
pub fn token_revoked(time: Timestamp, kind: &str, subject: &str, reason: &str) -> Event {
    Event::new(TOKEN_REVOKED, time).with(&json!({ "kind": kind, "subject": subject, "reason": reason }))
}

/// Access tokens were refused.
pub fn token_rejected(time: Timestamp, reason: &str, count: u64) -> Event {
    Event::new(TOKEN_REJECTED, time).with(&json!({ "reason": reason, "count": count }))
}

/// A key to sign with is about to be made.
pub fn signing_key_rotated(time: Timestamp, kid: &str, active_at: Timestamp, is_emergency: bool) -> Event {
    let detail = json!({ "kid": kid, "active_at": active_at, "emergency": is_emergency });
    Event::new(SIGNING_KEY_ROTATED, time).with(&detail)
}

/// The configuration is taken over.
pub fn config_reloaded(time: Timestamp, actor: &str) -> Event {
    Event::new(CONFIG_RELOADED, time).by(actor)
}

/// Somebody was turned away from the admin API; named when a key or a token was valid.
pub fn admin_denied(time: Timestamp, actor: Option<&str>, route: &str) -> Event {
    let mut event = Event::new(ADMIN_DENIED, time).with(&json!({ "route": route }));
    event.actor = actor.map(str::to_owned);
    event
}

/// Sealed fields of an entry are about to be shown.
pub fn audit_revealed(time: Timestamp, entry: u64) -> Event {
    Event::new(AUDIT_REVEALED, time).with(&json!({ "entry": entry }))
}

/// A policy is about to be stored.
pub fn policy_stored(time: Timestamp, actor: &str, name: &str, version: &str) -> Event {
    Event::new(POLICY_STORED, time).by(actor).with(&json!({ "policy": name, "version": version }))
}

/// A stored policy is about to be removed.
pub fn policy_removed(time: Timestamp, actor: &str, name: &str) -> Event {
    Event::new(POLICY_REMOVED, time).by(actor).with(&json!({ "policy": name }))
}

/// The log is about to be exported.
pub fn audit_exported(time: Timestamp) -> Event {
    Event::new(AUDIT_EXPORTED, time)
}
