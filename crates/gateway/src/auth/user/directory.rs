//! Making, listing, deactivating: what administrators do.

use super::info::{NewUser, ROLES, Status, TeamInfo, TenantInfo, UserId, UserInfo, UserKind};
use super::link::Purpose;
use super::{UserError, Users, address, new_id, place, store};
use crate::event::catalogue;

const NAME_CHARS_MAX: usize = 128;

impl Users {
    /// Makes a tenant.
    ///
    /// # Errors
    /// When the name breaks a rule or is taken, or the change cannot be recorded or stored.
    pub async fn create_tenant(&self, name: &str, actor: &str) -> Result<TenantInfo, UserError> {
        let name = named("name", name)?;
        let tenant = TenantInfo { id: new_id("tnt")?, name, created_at: self.clock.now() };
        if self.tenants().await?.iter().any(|other| other.name == tenant.name) {
            return Err(UserError::Taken("name"));
        }
        let event = catalogue::tenant_created(tenant.created_at, &tenant.id, &tenant.name).by(actor);
        self.journal.append_durable(&event).await?;
        if !store::insert_tenant(&self.db, &tenant).await? {
            return Err(UserError::Taken("name"));
        }
        Ok(tenant)
    }

    /// All tenants, oldest first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn tenants(&self) -> Result<Vec<TenantInfo>, UserError> {
        Ok(store::tenants(&self.db).await?)
    }

    /// Makes a team.
    ///
    /// # Errors
    /// As [`Users::create_tenant`], and when there is no such tenant.
    pub async fn create_team(&self, tenant: &str, name: &str, actor: &str) -> Result<TeamInfo, UserError> {
        let tenant = self.tenant(tenant).await?;
        let team = TeamInfo {
            id: new_id("team")?,
            name: named("name", name)?,
            created_at: self.clock.now(),
            tenant: tenant.id,
        };
        if self.teams().await?.iter().any(|other| other.tenant == team.tenant && other.name == team.name) {
            return Err(UserError::Taken("name"));
        }
        let event = catalogue::team_created(team.created_at, &team.tenant, &team.id, &team.name).by(actor);
        self.journal.append_durable(&event).await?;
        if !store::insert_team(&self.db, &team).await? {
            return Err(UserError::Taken("name"));
        }
        Ok(team)
    }

    /// All teams.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn teams(&self) -> Result<Vec<TeamInfo>, UserError> {
        Ok(store::teams(&self.db).await?)
    }

    /// Makes a user and sends the invitation. One that was invited before gets another letter.
    ///
    /// # Errors
    /// When a field breaks a rule, the address is taken, or the change cannot be recorded, stored or sent.
    pub async fn invite(&self, new: &NewUser, actor: &str) -> Result<UserInfo, UserError> {
        self.public_url()?;
        let index = self.index(&new.tenant, &new.email);
        let known =
            store::by_email(&self.db, &new.tenant, &index).await?.map(|stored| self.open(stored)).transpose()?;
        let user = match known {
            Some(user) if user.status == Status::Invited => user,
            Some(_) => return Err(UserError::Taken("email")),
            None => self.add(new, UserKind::Person, Status::Invited, actor).await?,
        };
        self.send_link(&user, Purpose::Invitation, actor).await?;
        Ok(user)
    }

    /// Makes a service account, which has no address and no password.
    ///
    /// # Errors
    /// When a field breaks a rule, or the change cannot be recorded or stored.
    pub async fn create_service(&self, new: &NewUser, actor: &str) -> Result<UserInfo, UserError> {
        self.add(new, UserKind::Service, Status::Active, actor).await
    }

    /// Makes a user of this status.
    pub(in crate::auth) async fn add(
        &self,
        new: &NewUser,
        kind: UserKind,
        status: Status,
        actor: &str,
    ) -> Result<UserInfo, UserError> {
        let tenant = self.tenant(&new.tenant).await?.id;
        if let Some(team) = &new.team
            && !self.teams().await?.iter().any(|known| known.id == *team && known.tenant == tenant)
        {
            return Err(UserError::Missing { kind: "team", id: team.clone() });
        }
        if let Some(unknown) = new.roles.iter().find(|role| !ROLES.contains(&role.as_str())) {
            return Err(UserError::Invalid(format!("roles: `{unknown}` is none of {}", ROLES.join(", "))));
        }
        let (prefix, email) = match kind {
            // Only an outside provider vouches for somebody without an address.
            UserKind::Person if status == Status::Active && new.email.is_empty() => ("usr", None),
            UserKind::Person => ("usr", Some(address::normalized(&new.email)?)),
            UserKind::Service => ("svc", None),
        };
        let id = UserId(new_id(prefix)?);
        let name = named("name", &new.name)?;
        let seal = |column, text: &str| self.sealer.seal(&place(column, &tenant, id.as_str()), text.as_bytes());
        let stored = store::Stored {
            email: email.as_deref().map(|email| seal("email", email)).transpose()?,
            email_index: email.as_deref().map(|email| self.index(&tenant, email)),
            name: seal("name", &name)?,
            tenant: tenant.clone(),
            team: new.team.clone(),
            kind,
            roles: new.roles.clone(),
            status,
            epoch: 0,
            verified_at: None,
            created_at: self.clock.now(),
            id,
        };
        let event = catalogue::user_created(stored.created_at, &tenant, stored.id.as_str(), status.name(), &new.roles);
        self.journal.append_durable(&event.by(actor)).await?;
        if !store::insert(&self.db, &stored).await? {
            return Err(UserError::Taken("email"));
        }
        self.roster.refresh().await?;
        self.open(stored)
    }

    /// All users, oldest first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn list(&self) -> Result<Vec<UserInfo>, UserError> {
        store::all(&self.db).await?.into_iter().map(|stored| self.open(stored)).collect()
    }

    /// One user.
    ///
    /// # Errors
    /// When there is none, or the store fails.
    pub async fn show(&self, id: &str) -> Result<UserInfo, UserError> {
        let missing = || UserError::Missing { kind: "user", id: id.chars().take(64).collect() };
        self.open(store::by_id(&self.db, id).await?.ok_or_else(missing)?)
    }

    /// Keeps a user out and ends all sessions.
    ///
    /// # Errors
    /// When there is no such user, or the change cannot be recorded or stored.
    pub async fn deactivate(&self, id: &str, actor: &str) -> Result<(), UserError> {
        let user = self.show(id).await?;
        self.keep_an_owner(&user).await?;
        let event = catalogue::user_deactivated(self.clock.now(), &user.tenant, id).by(actor);
        self.journal.append_durable(&event).await?;
        store::deactivate(&self.db, &user, self.now_s()).await?;
        self.check_changed(&user).await?;
        self.end_sessions(&user.id, "user_deactivated").await
    }

    /// Lets a user in again: with the old password, or by another invitation when there is none.
    ///
    /// # Errors
    /// When there is no such user or it is not deactivated, or the change cannot be recorded or stored.
    pub async fn reactivate(&self, id: &str, actor: &str) -> Result<(), UserError> {
        let user = self.show(id).await?;
        if user.status != Status::Deactivated {
            return Err(UserError::Invalid(format!("the user `{id}` is not deactivated")));
        }
        let has_way_in = user.kind == UserKind::Service
            || store::password(&self.db, &user.id).await?.is_some()
            || store::has_way_in_without_password(&self.db, &user.id).await?;
        let status = if has_way_in { Status::Active } else { Status::Invited };
        let event = catalogue::user_reactivated(self.clock.now(), &user.tenant, id).by(actor);
        self.journal.append_durable(&event).await?;
        store::set_status(&self.db, &user.id, status, self.now_s()).await?;
        Ok(self.roster.refresh().await?)
    }

    /// The tenant of this id.
    pub(in crate::auth) async fn tenant(&self, id: &str) -> Result<TenantInfo, UserError> {
        let tenants = self.tenants().await?;
        let missing = || UserError::Missing { kind: "tenant", id: id.chars().take(64).collect() };
        tenants.into_iter().find(|tenant| tenant.id == id).ok_or_else(missing)
    }
}

pub(super) fn named(field: &str, text: &str) -> Result<String, UserError> {
    let text = text.trim();
    let count = text.chars().count();
    if count == 0 || count > NAME_CHARS_MAX || text.chars().any(char::is_control) {
        return Err(UserError::Invalid(format!(
            "{field}: must have 1 to {NAME_CHARS_MAX} characters, none of them a control"
        )));
    }
    Ok(text.to_owned())
}
