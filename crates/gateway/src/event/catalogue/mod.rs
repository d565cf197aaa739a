//! Every kind of event, and how each is made: here and, by section, in the files beside this one.

mod certificate;
mod ddos;
mod egress;
mod factor;
mod limit;
mod login;
mod oauth;
mod token;
mod user;
mod waf;

use jiff::Timestamp;
use serde_json::json;

use super::{Event, Kind, Severity};
use crate::data::access::{Denied, Resource};

pub use certificate::*;
pub use ddos::*;
pub use egress::*;
pub use factor::*;
pub use limit::*;
pub use login::*;
pub use oauth::*;
pub use token::*;
pub use user::*;
pub use waf::*;

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
    EXCHANGE_DENIED = "exchange.denied", Warning, "Somebody without a valid key, without the permission, or beyond a limit, asked.";
    EXCHANGE_FAILED = "exchange.failed", Notice, "A prompt could not be served: bad input, or the provider failed.";
    EXCHANGE_CANCELLED = "exchange.cancelled", Info, "The client went away before the end of the answer.";
    WAF_REFUSED = "waf.refused", Warning, "The web application firewall refused a request or its answer; one entry in ten seconds stands for all of a rule.";
    WAF_SHADOWED = "waf.shadowed", Notice, "The web application firewall would have refused a request or its answer, were it not in shadow mode; one entry in ten seconds stands for all of a rule.";
    ADDRESS_BANNED = "address.banned", Warning, "An address is kept out from now on: it broke protocols, limits or rules again and again, or an operator said so.";
    ADDRESS_UNBANNED = "address.unbanned", Notice, "An operator is about to let a banned address in again.";
    REVOCATIONS_LOADED = "revocations.loaded", Notice, "The lists of certificates of clients that were taken back changed, and are in force.";
    REVOCATIONS_REFUSED = "revocations.refused", Warning, "The lists of certificates of clients that were taken back cannot be used; those before stay in force until they end.";
    FIREWALL_APPLIED = "firewall.applied", Notice, "An operator is about to load rules of the packet filter that differ from those that are loaded by more than bans.";
    BROWSER_CHALLENGED = "browser.challenged", Notice, "Browsers were asked for a proof of work before they saw a page; one entry in ten seconds stands for all of them.";
    OVERLOAD_SHED = "overload.shed", Warning, "Requests were refused for overload, at the gateway or at a provider; one entry in ten seconds stands for all of a place.";
    EGRESS_REFUSED = "egress.refused", Warning, "The gateway was to connect to a host that nobody allowed, or that leads to an address which is not public; one entry in ten seconds stands for all of a reason.";
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
    LIMIT_EXCEEDED = "limit.exceeded", Warning, "A limit refuses somebody, or would in shadow mode; told once until there is room again, at most once a second and at least once a minute.";
    BUDGET_REACHED = "limit.budget_reached", Warning, "So many percent of a budget are used.";
    LIMIT_RESET = "limit.reset", Notice, "What somebody used of a limit is about to be forgotten.";
    LIMITS_ALONE = "limit.alone", Warning, "Redis does not answer: this node counts limits for itself, or refuses what they apply to.";
    LIMITS_TOGETHER = "limit.together", Notice, "Redis answers again: limits are counted there.";
    CONFIG_RELOADED = "config.reloaded", Notice, "The configuration and the stored policies are taken over again.";
    CONFIG_REFUSED = "config.refused", Warning, "The configuration was to be taken over again, and is wrong; the last good one stays.";
    CERTIFICATE_ENDING = "certificate.ending", Warning, "The certificate of the data plane ends soon, or has ended; told once a day.";
    CERTIFICATE_ISSUED = "certificate.issued", Notice, "An ACME server issued a certificate; it is about to be served.";
    CERTIFICATE_REFUSED = "certificate.refused", Warning, "An ACME server issued no certificate, or one that cannot be served; the old one stays.";
    PINS_PUBLISHED = "pins.published", Notice, "Pins of keys are about to be published, for apps to rely on.";
    PINS_RETIRED = "pins.retired", Warning, "An operator is about to say that no app has a set of pins any more; keys may change without it.";
    MODEL_CHOSEN = "model.chosen", Notice, "Another model of the learned tier is about to be chosen; it judges after the next reload.";
    POLICY_STORED = "policy.stored", Notice, "A policy is about to be stored over the admin API.";
    POLICY_REMOVED = "policy.removed", Notice, "A stored policy is about to be removed over the admin API.";
    ACCESS_DENIED = "access.denied", Warning, "Somebody who is known asked for what they may not do; with the policies that decided.";
    ACCESS_POLICIES_LOADED = "access.policies_loaded", Notice, "Access policies of the operator are about to be in force.";
    ROLE_GRANTED = "role.granted", Warning, "A user is about to get a role; all their sessions end.";
    ROLE_REVOKED = "role.revoked", Notice, "A user is about to lose a role; all their sessions end.";
    ADMIN_DENIED = "admin.denied", Warning, "Somebody without a valid key or token asked for the admin API.";
    AUDIT_REVEALED = "audit.revealed", Warning, "Sealed fields of an entry are about to be shown.";
    AUDIT_REPLAYED = "audit.replayed", Warning, "Prompts and answers that were kept are about to be judged again by a policy that is tried; none of them is shown.";
    AUDIT_EXPORTED = "audit.exported", Notice, "The audit log is about to be exported.";
}

/// The configuration is taken over.
pub fn config_reloaded(time: Timestamp, actor: &str) -> Event {
    Event::new(CONFIG_RELOADED, time).by(actor)
}

/// The configuration is refused.
pub fn config_refused(time: Timestamp, actor: &str, why: &dyn std::error::Error) -> Event {
    Event::new(CONFIG_REFUSED, time).by(actor).with(&json!({ "why": causes(why) }))
}

/// An error with its causes.
fn causes(error: &dyn std::error::Error) -> Vec<String> {
    std::iter::successors(Some(error), |error| error.source()).map(ToString::to_string).collect()
}

/// Another model of the learned tier is chosen.
pub fn model_chosen(time: Timestamp, actor: &str, version: &str) -> Event {
    Event::new(MODEL_CHOSEN, time).by(actor).with(&json!({ "version": version }))
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

/// Sealed fields of an entry are about to be shown.
pub fn audit_revealed(time: Timestamp, entry: u64) -> Event {
    Event::new(AUDIT_REVEALED, time).with(&json!({ "entry": entry }))
}

/// A policy is about to be stored; an earlier revision, when it restores one.
pub fn policy_stored(time: Timestamp, actor: &str, (name, version): (&str, &str), restores: Option<i64>) -> Event {
    let mut detail = json!({ "policy": name, "version": version });
    if let Some(number) = restores {
        detail["restores"] = number.into();
    }
    Event::new(POLICY_STORED, time).by(actor).with(&detail)
}

/// A stored policy is about to be removed.
pub fn policy_removed(time: Timestamp, actor: &str, name: &str) -> Event {
    Event::new(POLICY_REMOVED, time).by(actor).with(&json!({ "policy": name }))
}

/// What was kept of exchanges is about to be judged again by a policy that is tried.
pub fn audit_replayed(time: Timestamp, (policy, version): (&str, &str), since: Timestamp) -> Event {
    let detail = json!({ "policy": policy, "version": version, "since": since.to_string() });
    Event::new(AUDIT_REPLAYED, time).with(&detail)
}

/// The log is about to be exported.
pub fn audit_exported(time: Timestamp) -> Event {
    Event::new(AUDIT_EXPORTED, time)
}
