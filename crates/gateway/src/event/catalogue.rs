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

/// The configuration is taken over.
pub fn config_reloaded(time: Timestamp, actor: &str) -> Event {
    Event::new(CONFIG_RELOADED, time).by(actor)
}

/// Somebody was turned away from the admin API; with a key when one was valid.
pub fn admin_denied(time: Timestamp, key_id: Option<&str>, route: &str) -> Event {
    let mut event = Event::new(ADMIN_DENIED, time).with(&json!({ "route": route }));
    event.actor = key_id.map(str::to_owned);
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
