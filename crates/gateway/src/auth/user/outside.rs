//! What a login with an outside provider changes about a user: made, activated, roles and team by its claims.

use super::info::{NewUser, ROLES, Status, UserInfo, UserKind};
use super::role::OWNER;
use super::{UserError, Users, address, store};
use crate::event::catalogue;

impl Users {
    /// Whether a text is an address that letters can be sent to.
    pub(crate) fn is_address(&self, text: &str) -> bool {
        address::normalized(text).is_ok()
    }

    /// Makes somebody who logs in with an outside provider. An address that is given was proved there; without one, letters
    /// cannot be sent and no password can be chosen.
    pub(crate) async fn create_outside(&self, new: &NewUser, actor: &str) -> Result<UserInfo, UserError> {
        let user = self.add(new, UserKind::Person, Status::Active, actor).await?;
        if user.email.is_some() {
            store::set_verified(&self.db, &user.id, self.now_s()).await?;
        }
        self.show(user.id.as_str()).await
    }

    /// Lets somebody in who was invited, and whose address an outside provider proved. The link of the invitation ends.
    pub(crate) async fn activate_outside(&self, user: &UserInfo) -> Result<UserInfo, UserError> {
        let event = catalogue::user_activated(self.clock.now(), &user.tenant, user.id.as_str());
        self.journal.append_durable(&event.by(user.id.as_str())).await?;
        store::activate(&self.db, user, self.now_s()).await?;
        self.roster.refresh().await?;
        self.show(user.id.as_str()).await
    }

    /// Gives and takes roles, so that somebody has these. Sessions of before end when there is a change. The last owner
    /// stays one.
    pub(crate) async fn map_roles(&self, user: UserInfo, after: &[String], actor: &str) -> Result<UserInfo, UserError> {
        let mut after: Vec<String> = after.iter().filter(|role| ROLES.contains(&role.as_str())).cloned().collect();
        let is_owner_taken = user.roles.iter().any(|role| role == OWNER) && after.iter().all(|role| role != OWNER);
        if is_owner_taken && let Err(error) = self.keep_an_owner(&user).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "an outside provider would take the last owner");
            after.push(OWNER.to_owned());
        }
        let given: Vec<&String> = after.iter().filter(|role| !user.roles.contains(role)).collect();
        let taken: Vec<&String> = user.roles.iter().filter(|role| !after.contains(role)).collect();
        if given.is_empty() && taken.is_empty() {
            return Ok(user);
        }
        let (now, id) = (self.clock.now(), user.id.as_str());
        for role in given {
            let event = catalogue::role_granted(now, &user.tenant, id, role).by(actor);
            self.journal.append_durable(&event).await?;
        }
        for role in taken {
            let event = catalogue::role_revoked(now, &user.tenant, id, role).by(actor);
            self.journal.append_durable(&event).await?;
        }
        self.set_roles(&user, &after).await
    }

    /// Puts somebody in the team of this name. A team that does not exist changes nothing.
    pub(crate) async fn map_team(&self, user: UserInfo, name: &str, actor: &str) -> Result<UserInfo, UserError> {
        let teams = self.teams().await?;
        let Some(team) = teams.into_iter().find(|team| team.tenant == user.tenant && team.name == name) else {
            tracing::warn!(team = name, "an outside provider's rule names a team that does not exist");
            return Ok(user);
        };
        if user.team.as_deref() == Some(team.id.as_str()) {
            return Ok(user);
        }
        let event = catalogue::user_team_changed(self.clock.now(), &user.tenant, user.id.as_str(), &team.id);
        self.journal.append_durable(&event.by(actor)).await?;
        store::set_team(&self.db, &user.id, Some(&team.id), self.now_s()).await?;
        self.show(user.id.as_str()).await
    }
}
