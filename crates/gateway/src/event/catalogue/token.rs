//! Events of API keys, sessions and tokens.

use super::*;

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
