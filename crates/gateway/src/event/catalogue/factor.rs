//! Events of second factors and passkeys.

use super::*;

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
