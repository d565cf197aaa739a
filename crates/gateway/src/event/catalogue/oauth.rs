//! Events of the OAuth provider.

use super::*;

/// A client is about to be registered, removed, or to get another secret.
pub fn oauth_client_changed(kind: &'static Kind, time: Timestamp, client: &str) -> Event {
    Event::new(kind, time).with(&json!({ "client": client }))
}

/// The document of a client was fetched.
pub fn oauth_client_fetched(time: Timestamp, client: &str, sha256: &str) -> Event {
    Event::new(OAUTH_CLIENT_FETCHED, time).with(&json!({ "client": client, "sha256": sha256 }))
}

/// An invitation to register so many clients is about to be made or taken back.
pub fn oauth_invitation(kind: &'static Kind, time: Timestamp, invitation: &str, uses: i64) -> Event {
    Event::new(kind, time).with(&json!({ "invitation": invitation, "uses": uses }))
}

/// A person is about to decide on a client.
pub fn oauth_consent(kind: &'static Kind, time: Timestamp, client: &str, scopes: &[String]) -> Event {
    Event::new(kind, time).with(&json!({ "client": client, "scopes": scopes }))
}

/// A code came again.
pub fn oauth_code_reused(time: Timestamp, client: &str, session: Option<&str>) -> Event {
    Event::new(OAUTH_CODE_REUSED, time).with(&json!({ "client": client, "session": session }))
}

/// A client is about to get a token of its own.
pub fn oauth_token_issued(time: Timestamp, client: &str, scopes: &[String]) -> Event {
    Event::new(OAUTH_TOKEN_ISSUED, time).with(&json!({ "client": client, "scopes": scopes }))
}

/// A client is about to get a token to act for somebody.
pub fn oauth_token_exchanged(time: Timestamp, subject: &str, client: &str, scopes: &[String]) -> Event {
    let detail = json!({ "subject": subject, "client": client, "scopes": scopes });
    Event::new(OAUTH_TOKEN_EXCHANGED, time).with(&detail)
}

/// A client took the news that a login ended.
pub fn oauth_logout_delivered(time: Timestamp, client: &str, session: &str) -> Event {
    Event::new(OAUTH_LOGOUT_DELIVERED, time).with(&json!({ "client": client, "session": session }))
}

/// A client did not, and nobody tries any more.
pub fn oauth_logout_failed(time: Timestamp, client: &str, session: &str, why: &str) -> Event {
    Event::new(OAUTH_LOGOUT_FAILED, time).with(&json!({ "client": client, "session": session, "why": why }))
}

/// Something was refused, so many times.
pub fn oauth_refused(time: Timestamp, reason: &str, client: &str, count: u64) -> Event {
    Event::new(OAUTH_REFUSED, time).with(&json!({ "reason": reason, "client": client, "count": count }))
}
