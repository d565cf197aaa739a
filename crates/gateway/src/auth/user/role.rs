//! Giving and taking roles.
//!
//! Invariant: a tenant that has an active owner keeps one.

use super::info::{ROLES, Status, UserInfo};
use super::{UserError, Users, store};
use crate::event::catalogue;

pub(super) const OWNER: &str = "owner";

impl Users {
    /// Gives a user a role. Their sessions end, since what a session may do is set when it begins.
    ///
    /// # Errors
    /// When there is no such user or role, or the change cannot be recorded or stored.
    pub async fn add_role(&self, id: &str, role: &str, actor: &str) -> Result<UserInfo, UserError> {
        let user = self.show(id).await?;
        if !ROLES.contains(&role) {
            return Err(UserError::Invalid(format!("role: `{role}` is none of {}", ROLES.join(", "))));
        }
        if user.roles.iter().any(|own| own == role) {
            return Err(UserError::Invalid(format!("the user `{id}` has the role `{role}` already")));
        }
        let event = catalogue::role_granted(self.clock.now(), &user.tenant, id, role).by(actor);
        self.journal.append_durable(&event).await?;
        let mut roles = user.roles.clone();
        roles.push(role.to_owned());
        self.set_roles(&user, &roles).await
    }

    /// Takes a role from a user. Their sessions end, and their keys lose it at once.
    ///
    /// # Errors
    /// As [`Users::add_role`]; and when it would leave the tenant without an owner.
    pub async fn remove_role(&self, id: &str, role: &str, actor: &str) -> Result<UserInfo, UserError> {
        let user = self.show(id).await?;
        if !user.roles.iter().any(|own| own == role) {
            return Err(UserError::Invalid(format!("the user `{id}` does not have the role `{role}`")));
        }
        if role == OWNER {
            self.keep_an_owner(&user).await?;
        }
        let event = catalogue::role_revoked(self.clock.now(), &user.tenant, id, role).by(actor);
        self.journal.append_durable(&event).await?;
        let roles: Vec<String> = user.roles.iter().filter(|own| *own != role).cloned().collect();
        self.set_roles(&user, &roles).await
    }

    /// Refuses what would leave a tenant without an active owner.
    pub(in crate::auth) async fn keep_an_owner(&self, user: &UserInfo) -> Result<(), UserError> {
        let is_owner = |user: &UserInfo| user.status == Status::Active && user.roles.iter().any(|role| role == OWNER);
        if !is_owner(user) {
            return Ok(());
        }
        let others = self.list().await?;
        let is_another = |other: &UserInfo| other.tenant == user.tenant && other.id != user.id && is_owner(other);
        if others.iter().any(is_another) { Ok(()) } else { Err(UserError::LastOwner(user.id.to_string())) }
    }

    /// Whether the store made a change; it makes none that would take the last owner at the same moment.
    pub(super) async fn check_changed(&self, before: &UserInfo) -> Result<(), UserError> {
        let now = self.show(before.id.as_str()).await?;
        if now.epoch != before.epoch {
            return Ok(());
        }
        self.keep_an_owner(&now).await?;
        Err(UserError::Invalid("the user was changed by somebody else meanwhile: try again".to_owned()))
    }

    pub(super) async fn set_roles(&self, user: &UserInfo, roles: &[String]) -> Result<UserInfo, UserError> {
        store::set_roles(&self.db, user, roles, self.now_s()).await?;
        self.check_changed(user).await?;
        self.end_sessions(&user.id, "role_changed").await?;
        self.show(user.id.as_str()).await
    }
}
