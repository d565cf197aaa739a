//! Events of tenants, teams, people and their roles.

use super::*;

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

pub(super) fn of_user(kind: &'static Kind, time: Timestamp, tenant: &str, id: &str) -> Event {
    of_tenant(kind, time, tenant).with(&json!({ "user_id": id }))
}

pub(super) fn of_tenant(kind: &'static Kind, time: Timestamp, tenant: &str) -> Event {
    let mut event = Event::new(kind, time);
    tenant.clone_into(&mut event.tenant);
    event
}

/// A user is about to get a role.
pub fn role_granted(time: Timestamp, tenant: &str, id: &str, role: &str) -> Event {
    of_tenant(ROLE_GRANTED, time, tenant).with(&json!({ "user_id": id, "role": role }))
}

/// A user is about to lose a role.
pub fn role_revoked(time: Timestamp, tenant: &str, id: &str, role: &str) -> Event {
    of_tenant(ROLE_REVOKED, time, tenant).with(&json!({ "user_id": id, "role": role }))
}
