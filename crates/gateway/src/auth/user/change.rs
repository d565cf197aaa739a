//! Pages of users, and the team of one.

use super::info::{Status, UserInfo};
use super::{UserError, Users, address, directory, place, store};
use crate::event::catalogue;

impl Users {
    /// A page of a tenant's users by id, after this one; of one status when it is named.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn page(
        &self,
        tenant: &str,
        (after, limit): (&str, i64),
        status: Option<Status>,
    ) -> Result<Vec<UserInfo>, UserError> {
        let page = store::page(&self.db, tenant, (after, limit), status).await?;
        page.into_iter().map(|stored| self.open(stored)).collect()
    }

    /// Puts a user into a team of the same tenant, or into none.
    ///
    /// # Errors
    /// When there is no such user or team, or the change cannot be recorded or stored.
    pub async fn set_team(&self, id: &str, team: Option<&str>, actor: &str) -> Result<UserInfo, UserError> {
        let user = self.show(id).await?;
        if let Some(team) = team
            && !self.teams().await?.iter().any(|known| known.id == team && known.tenant == user.tenant)
        {
            return Err(UserError::Missing { kind: "team", id: team.chars().take(64).collect() });
        }
        if user.team.as_deref() == team {
            return Ok(user);
        }
        let now = self.clock.now();
        let moves = [(catalogue::TEAM_LEFT, user.team.as_deref()), (catalogue::TEAM_JOINED, team)];
        for (kind, team) in moves {
            let Some(team) = team else { continue };
            self.journal.append_durable(&catalogue::team_member(kind, now, &user.tenant, team, id).by(actor)).await?;
        }
        store::set_team(&self.db, &user.id, team, now.as_second()).await?;
        self.show(id).await
    }

    /// The one form of an address.
    pub(in crate::auth) fn normalized(&self, email: &str) -> Result<String, UserError> {
        address::normalized(email)
    }

    /// A name, sealed for this user.
    pub(in crate::auth) fn sealed_name(&self, user: &UserInfo, name: &str) -> Result<Vec<u8>, UserError> {
        Ok(self.sealer.seal(&place("name", &user.tenant, user.id.as_str()), name.as_bytes())?)
    }

    /// Gives a user another name, and another address: then links that were sent to the old one end, and the new one is not
    /// proved.
    pub(in crate::auth) async fn describe(
        &self,
        user: &UserInfo,
        name: &str,
        email: &str,
        actor: &str,
    ) -> Result<(), UserError> {
        let name = directory::named("name", name)?;
        let email = address::normalized(email)?;
        let fields = [("name", name != user.name), ("email", Some(&email) != user.email.as_ref())];
        let fields: Vec<&str> = fields.into_iter().filter(|(_, differs)| *differs).map(|(field, _)| field).collect();
        if fields.is_empty() {
            return Ok(());
        }
        let now = self.clock.now();
        let event = catalogue::user_changed(now, &user.tenant, user.id.as_str(), &fields).by(actor);
        self.journal.append_durable(&event).await?;
        let sealed = self.sealed_name(user, &name)?;
        let address = self.sealer.seal(&place("email", &user.tenant, user.id.as_str()), email.as_bytes())?;
        let address = fields.contains(&"email").then(|| (address, self.index(&user.tenant, &email)));
        if store::describe(&self.db, user, sealed, address, now.as_second()).await? {
            Ok(())
        } else {
            Err(UserError::Taken("emails"))
        }
    }
}
