//! Every kind of event, and how each is made.

use jiff::Timestamp;
use serde_json::json;

use super::{Event, Kind, Severity};
use crate::data::access::{Denied, Resource};

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
    LOGIN_SUCCEEDED = "login.succeeded", Info, "A password was right; a second factor may still be asked for.";
    LOGIN_FAILED = "login.failed", Notice, "A password was wrong, or its account is unknown or may not log in.";
    LOGIN_THROTTLED = "login.throttled", Warning, "Attempts to log in have to wait; told once in each wait.";
    LOGIN_CHALLENGED = "login.challenged", Warning, "A spraying attack is under way, and attempts have to bring work; told once a minute.";
    REDIS_LOST = "redis.lost", Warning, "Redis does not answer; attempts are counted in the database until it does.";
    REDIS_RESTORED = "redis.restored", Notice, "Redis answers again, and attempts are counted there.";
    FACTOR_ADDED = "factor.added", Notice, "A second factor is about to count.";
    FACTOR_REMOVED = "factor.removed", Warning, "A person is about to remove a second factor.";
    FACTOR_RENAMED = "factor.renamed", Info, "A person is about to give a second factor another name.";
    FACTOR_REFUSED = "factor.refused", Warning, "The password was right, and the code or passkey after it was not taken.";
    FACTORS_RESET = "factor.reset", Warning, "An operator is about to remove all second factors of a user; all their sessions end.";
    RECOVERY_CODES_MADE = "recovery_code.made", Notice, "Recovery codes are about to be made; those of before end.";
    RECOVERY_CODE_USED = "recovery_code.used", Warning, "A recovery code was used in the place of a second factor.";
    PASSKEY_LOGIN = "passkey.login", Info, "Somebody logged in with a passkey, without a password.";
    PASSKEY_REFUSED = "passkey.refused", Notice, "A passkey was not taken; with the check that did not hold.";
    PASSKEY_COPIED = "passkey.copied", Warning, "A passkey was refused because its count of signatures did not rise: there may be a copy of it.";
    PASSKEY_BACKUP_CHANGED = "passkey.backup_changed", Notice, "A passkey was shown, and is in a backup now, or not any more.";
    OUTSIDE_LOGIN = "outside.login", Info, "An outside provider vouched for somebody who may enter; a second factor may still be asked for.";
    OUTSIDE_REFUSED = "outside.refused", Warning, "A login with an outside provider was refused, and why; one entry in ten seconds stands for all of a provider and a reason.";
    OUTSIDE_LINKED = "outside.linked", Notice, "An identity at an outside provider is about to be linked to an account.";
    OUTSIDE_UNLINKED = "outside.unlinked", Warning, "An identity at an outside provider is about to be unlinked from its account.";
    TENANT_CREATED = "tenant.created", Notice, "A tenant is about to be made.";
    TEAM_CREATED = "team.created", Notice, "A team is about to be made.";
    TEAM_JOINED = "team.joined", Notice, "A user is about to be put into a team.";
    TEAM_LEFT = "team.left", Notice, "A user is about to be taken out of a team.";
    TEAM_RENAMED = "team.renamed", Notice, "A team is about to get another name.";
    TEAM_DELETED = "team.deleted", Notice, "A team is about to be deleted; its members lose the roles that it gave.";
    USER_CHANGED = "user.changed", Notice, "A user is about to get another name or address; says which, not what.";
    USER_DELETED = "user.deleted", Warning, "A user is about to be deleted: address, name, password, factors and roles are forgotten.";
    SCIM_TOKEN_CREATED = "scim.token_created", Warning, "A token for an identity provider is about to be made.";
    SCIM_TOKEN_REVOKED = "scim.token_revoked", Notice, "A token of an identity provider is about to be revoked.";
    SCIM_REFUSED = "scim.refused", Warning, "Somebody without a valid token asked to provision; one entry in ten seconds stands for all.";
    SCIM_KEPT_OUT = "scim.kept_out", Notice, "An identity provider says that somebody is active who was deactivated here; they stay out.";
    USER_CREATED = "user.created", Notice, "A user is about to be made: invited, imported, or a service account.";
    USER_LINK_SENT = "user.link_sent", Notice, "A link is about to be sent to a user.";
    USER_ACTIVATED = "user.activated", Notice, "A user is about to accept an invitation.";
    USER_VERIFIED = "user.verified", Info, "A user is about to prove their e-mail address.";
    USER_TEAM_CHANGED = "user.team_changed", Notice, "A user is about to be put in another team.";
    USER_DEACTIVATED = "user.deactivated", Warning, "A user is about to be kept out; all their sessions end.";
    USER_REACTIVATED = "user.reactivated", Notice, "A user is about to be let in again.";
    PASSWORD_CHANGED = "password.changed", Notice, "A user is about to change their password; all their sessions end.";
    PASSWORD_RECOVERED = "password.recovered", Warning, "A user is about to choose a new password by a mailed link.";
    PASSWORD_RENEWED = "password.renewed", Info, "A hash is about to be made anew with the cost and pepper in use.";
    OAUTH_CLIENT_CREATED = "oauth.client_created", Notice, "A client of the OAuth provider is about to be registered.";
    OAUTH_CLIENT_DELETED = "oauth.client_deleted", Notice, "A client of the OAuth provider is about to be removed; its tokens end.";
    OAUTH_CLIENT_ROTATED = "oauth.client_rotated", Notice, "A client of the OAuth provider is about to get another secret, or other keys.";
    OAUTH_INVITATION_CREATED = "oauth.invitation_created", Notice, "An operator is about to let somebody register clients.";
    OAUTH_INVITATION_WITHDRAWN = "oauth.invitation_withdrawn", Notice, "An operator is about to take that back.";
    OAUTH_CLIENT_REGISTERED = "oauth.client_registered", Notice, "A client is about to register itself; the actor is the invitation it had.";
    OAUTH_CLIENT_FETCHED = "oauth.client_fetched", Info, "The document of a client was fetched from the address that is its id.";
    OAUTH_CONSENT_GRANTED = "oauth.consent_granted", Notice, "A person is about to let a client act for them.";
    OAUTH_CONSENT_REVOKED = "oauth.consent_revoked", Notice, "A person is about to stop a client from acting for them.";
    OAUTH_CODE_REUSED = "oauth.code_reused", Warning, "An authorization code came again; what it issued is about to be revoked.";
    OAUTH_TOKEN_ISSUED = "oauth.token_issued", Info, "A client is about to get a token of its own.";
    OAUTH_TOKEN_EXCHANGED = "oauth.token_exchanged", Notice, "A client is about to get a token to act for somebody.";
    OAUTH_LOGOUT_DELIVERED = "oauth.logout_delivered", Info, "A client took the news that a login ended.";
    OAUTH_LOGOUT_FAILED = "oauth.logout_failed", Warning, "A client did not take the news that a login ended, however often it was told; it may still show that person as logged in.";
    OAUTH_REFUSED = "oauth.refused", Warning, "The OAuth provider refused something that an attack looks like; one entry in ten seconds stands for all of a kind.";
    CONFIG_RELOADED = "config.reloaded", Notice, "The configuration and the stored policies are taken over again.";
    POLICY_STORED = "policy.stored", Notice, "A policy is about to be stored over the admin API.";
    POLICY_REMOVED = "policy.removed", Notice, "A stored policy is about to be removed over the admin API.";
    ACCESS_DENIED = "access.denied", Warning, "Somebody who is known asked for what they may not do; with the policies that decided.";
    ACCESS_POLICIES_LOADED = "access.policies_loaded", Notice, "Access policies of the operator are about to be in force.";
    ROLE_GRANTED = "role.granted", Warning, "A user is about to get a role; all their sessions end.";
    ROLE_REVOKED = "role.revoked", Notice, "A user is about to lose a role; all their sessions end.";
    ADMIN_DENIED = "admin.denied", Warning, "Somebody without a valid key or token asked for the admin API.";
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

/// A second factor is about to count.
pub fn factor_added(time: Timestamp, tenant: &str, user: &str, id: &str, kind: &str) -> Event {
    of_tenant(FACTOR_ADDED, time, tenant).with(&json!({ "user_id": user, "factor": id, "kind": kind }))
}

/// A person is about to remove one.
pub fn factor_removed(time: Timestamp, tenant: &str, user: &str, id: &str, kind: &str) -> Event {
    of_tenant(FACTOR_REMOVED, time, tenant).with(&json!({ "user_id": user, "factor": id, "kind": kind }))
}

/// A factor is about to get another name.
pub fn factor_renamed(time: Timestamp, tenant: &str, user: &str, id: &str, kind: &str) -> Event {
    of_tenant(FACTOR_RENAMED, time, tenant).with(&json!({ "user_id": user, "factor": id, "kind": kind }))
}

/// Somebody logged in with a passkey.
pub fn passkey_login(time: Timestamp, tenant: &str, user: &str, id: &str, ip: &str) -> Event {
    let mut event = of_tenant(PASSKEY_LOGIN, time, tenant).with(&json!({ "user_id": user, "factor": id }));
    event.sealed.push(("address", ip.to_owned()));
    event.by(user)
}

/// A passkey was not taken; with tenant and user, when it is known whose it is.
pub fn passkey_refused(time: Timestamp, owner: Option<(&str, &str)>, reason: &str, ip: &str) -> Event {
    let mut event =
        Event::new(PASSKEY_REFUSED, time).with(&json!({ "user_id": owner.map(|(_, user)| user), "reason": reason }));
    if let Some((tenant, _)) = owner {
        tenant.clone_into(&mut event.tenant);
    }
    event.sealed.push(("address", ip.to_owned()));
    event
}

/// A passkey may have been copied.
pub fn passkey_copied(time: Timestamp, tenant: &str, user: &str, id: &str) -> Event {
    of_tenant(PASSKEY_COPIED, time, tenant).with(&json!({ "user_id": user, "factor": id }))
}

/// A passkey is in a backup now, or not any more.
pub fn passkey_backup_changed(time: Timestamp, tenant: &str, user: &str, id: &str, is_backed_up: bool) -> Event {
    let detail = json!({ "user_id": user, "factor": id, "backed_up": is_backed_up });
    of_tenant(PASSKEY_BACKUP_CHANGED, time, tenant).with(&detail)
}

/// A code was wrong.
pub fn factor_refused(time: Timestamp, tenant: &str, user: &str, ip: &str) -> Event {
    let mut event = of_user(FACTOR_REFUSED, time, tenant, user);
    event.sealed.push(("address", ip.to_owned()));
    event
}

/// All second factors of a user are about to be removed.
pub fn factors_reset(time: Timestamp, tenant: &str, user: &str) -> Event {
    of_user(FACTORS_RESET, time, tenant, user)
}

/// Recovery codes are about to be made.
pub fn recovery_codes_made(time: Timestamp, tenant: &str, user: &str, count: usize) -> Event {
    of_tenant(RECOVERY_CODES_MADE, time, tenant).with(&json!({ "user_id": user, "count": count }))
}

/// A recovery code was used.
pub fn recovery_code_used(time: Timestamp, tenant: &str, user: &str, left: i64) -> Event {
    of_tenant(RECOVERY_CODE_USED, time, tenant).with(&json!({ "user_id": user, "left": left }))
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

/// A tenant is about to be made.
pub fn tenant_created(time: Timestamp, id: &str, name: &str) -> Event {
    Event::new(TENANT_CREATED, time).with(&json!({ "tenant_id": id, "name": name }))
}

/// A team is about to be made.
pub fn team_created(time: Timestamp, tenant: &str, id: &str, name: &str) -> Event {
    of_tenant(TEAM_CREATED, time, tenant).with(&json!({ "team_id": id, "name": name }))
}

/// A user is about to join or to leave a team.
pub fn team_member(kind: &'static Kind, time: Timestamp, tenant: &str, team: &str, user: &str) -> Event {
    of_tenant(kind, time, tenant).with(&json!({ "team_id": team, "user_id": user }))
}

/// A team is about to be renamed or deleted.
pub fn team_changed(kind: &'static Kind, time: Timestamp, tenant: &str, id: &str, name: &str) -> Event {
    of_tenant(kind, time, tenant).with(&json!({ "team_id": id, "name": name }))
}

/// A user is about to get another name or address.
pub fn user_changed(time: Timestamp, tenant: &str, id: &str, fields: &[&str]) -> Event {
    of_tenant(USER_CHANGED, time, tenant).with(&json!({ "user_id": id, "fields": fields }))
}

/// A user is about to be deleted.
pub fn user_deleted(time: Timestamp, tenant: &str, id: &str) -> Event {
    of_user(USER_DELETED, time, tenant, id)
}

/// A token for an identity provider is about to be made or revoked.
pub fn scim_token(kind: &'static Kind, time: Timestamp, tenant: &str, id: &str) -> Event {
    of_tenant(kind, time, tenant).with(&json!({ "token": id }))
}

/// Somebody without a valid token asked to provision.
pub fn scim_refused(time: Timestamp, source: &str, ip: &str, count: u64) -> Event {
    let mut event = Event::new(SCIM_REFUSED, time).with(&json!({ "source": source, "count": count }));
    event.sealed.push(("address", ip.to_owned()));
    event
}

/// Somebody stays out.
pub fn scim_kept_out(time: Timestamp, tenant: &str, id: &str) -> Event {
    of_user(SCIM_KEPT_OUT, time, tenant, id)
}

/// A user is about to be made.
pub fn user_created(time: Timestamp, tenant: &str, id: &str, status: &str, roles: &[String]) -> Event {
    of_tenant(USER_CREATED, time, tenant).with(&json!({ "user_id": id, "status": status, "roles": roles }))
}

/// A link is about to be sent.
pub fn user_link_sent(time: Timestamp, tenant: &str, id: &str, purpose: &str) -> Event {
    of_tenant(USER_LINK_SENT, time, tenant).with(&json!({ "user_id": id, "purpose": purpose }))
}

/// An invitation is about to be accepted.
pub fn user_activated(time: Timestamp, tenant: &str, id: &str) -> Event {
    of_user(USER_ACTIVATED, time, tenant, id)
}

/// An address is about to be proved.
pub fn user_verified(time: Timestamp, tenant: &str, id: &str) -> Event {
    of_user(USER_VERIFIED, time, tenant, id)
}

/// A user is about to be put in a team.
pub fn user_team_changed(time: Timestamp, tenant: &str, id: &str, team: &str) -> Event {
    of_tenant(USER_TEAM_CHANGED, time, tenant).with(&json!({ "user_id": id, "team": team }))
}

/// A user is about to be kept out.
pub fn user_deactivated(time: Timestamp, tenant: &str, id: &str) -> Event {
    of_user(USER_DEACTIVATED, time, tenant, id)
}

/// A user is about to be let in again.
pub fn user_reactivated(time: Timestamp, tenant: &str, id: &str) -> Event {
    of_user(USER_REACTIVATED, time, tenant, id)
}

/// A password is about to be changed.
pub fn password_changed(time: Timestamp, tenant: &str, id: &str) -> Event {
    of_user(PASSWORD_CHANGED, time, tenant, id)
}

/// A password is about to be chosen by a link.
pub fn password_recovered(time: Timestamp, tenant: &str, id: &str) -> Event {
    of_user(PASSWORD_RECOVERED, time, tenant, id)
}

/// A hash is about to be made anew.
pub fn password_renewed(time: Timestamp, tenant: &str, id: &str) -> Event {
    of_user(PASSWORD_RENEWED, time, tenant, id)
}

fn of_user(kind: &'static Kind, time: Timestamp, tenant: &str, id: &str) -> Event {
    of_tenant(kind, time, tenant).with(&json!({ "user_id": id }))
}

fn of_tenant(kind: &'static Kind, time: Timestamp, tenant: &str) -> Event {
    let mut event = Event::new(kind, time);
    tenant.clone_into(&mut event.tenant);
    event
}

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

/// Somebody who is known may not do what they asked for.
pub fn access_denied(
    time: Timestamp,
    (actor, tenant): (&str, &str),
    denied: &Denied,
    resource: &Resource<'_>,
) -> Event {
    let id: String = resource.id.chars().take(128).collect();
    let mut event = Event::new(ACCESS_DENIED, time).by(actor).with(&json!({
        "action": denied.action,
        "resource": format!("{}::{id}", resource.kind.name()),
        "of_tenant": resource.tenant,
        "policies": denied.policies,
    }));
    tenant.clone_into(&mut event.tenant);
    event
}

/// Access policies of the operator are about to be in force.
pub fn access_policies_loaded(
    time: Timestamp,
    actor: &str,
    files: &std::collections::BTreeMap<String, String>,
) -> Event {
    Event::new(ACCESS_POLICIES_LOADED, time).by(actor).with(&json!({ "files": files }))
}

/// A user is about to get a role.
pub fn role_granted(time: Timestamp, tenant: &str, id: &str, role: &str) -> Event {
    of_tenant(ROLE_GRANTED, time, tenant).with(&json!({ "user_id": id, "role": role }))
}

/// A user is about to lose a role.
pub fn role_revoked(time: Timestamp, tenant: &str, id: &str, role: &str) -> Event {
    of_tenant(ROLE_REVOKED, time, tenant).with(&json!({ "user_id": id, "role": role }))
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
