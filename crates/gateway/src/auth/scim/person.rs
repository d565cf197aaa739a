//! People, as identity providers make, change and delete them.

use jiff::Timestamp;

use super::config::ScimConfig;
use super::profile::Profile;
use super::store::{self, StoredUser, Which};
use super::{BASE_ROLE, Provisioner, Scim, ScimError};
use crate::auth::user::{NewUser, Status, UserInfo, UserKind};
use crate::data::encryption::Place;
use crate::event::catalogue;
use crate::store::StoreError;

/// Somebody, as they are.
#[derive(Debug, Clone)]
pub struct Person {
    /// The account.
    pub user: UserInfo,
    /// What the identity provider said, or what the account says.
    pub profile: Profile,
    /// When an identity provider changed something last.
    pub changed_at: Timestamp,
    pub(super) roles: Vec<String>,
    pub(super) off_epoch: Option<i64>,
}

/// Somebody, as they are to be.
#[derive(Debug, Clone)]
pub struct Draft {
    /// Who.
    pub profile: Profile,
    /// Whether they may log in. What is not said stays as it is; who is made may.
    pub is_active: Option<bool>,
}

impl Person {
    /// Whether they are not kept out.
    pub fn is_active(&self) -> bool {
        self.user.status != Status::Deactivated
    }
}

impl Scim {
    /// Somebody of the tenant.
    ///
    /// # Errors
    /// When there is nobody of this id that can be provisioned, or the store fails.
    pub async fn person(&self, tenant: &str, id: &str) -> Result<Person, ScimError> {
        // A database may refuse a text that is no id at all.
        if id.len() > 64 || !id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            return Err(ScimError::Missing);
        }
        let user = self.users.show(id).await?;
        if user.tenant != tenant || user.kind != UserKind::Person || user.email.is_none() {
            return Err(ScimError::Missing);
        }
        let Some(stored) = store::user(&self.db, id).await? else {
            let (profile, changed_at) = (Profile::of(&user), user.created_at);
            return Ok(Person { user, profile, changed_at, roles: Vec::new(), off_epoch: None });
        };
        let opened = self.sealer.open_sealed(&place(tenant, id), &stored.profile)?;
        let profile = serde_json::from_slice(&opened).map_err(|_| StoreError::Column("profile"))?;
        let changed_at = Timestamp::from_second(stored.changed_at).map_err(|_| StoreError::Column("changed_at"))?;
        Ok(Person { user, profile, changed_at, roles: stored.roles, off_epoch: stored.off_epoch })
    }

    /// The ids of people of the tenant, oldest first, and how many there are.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn people(
        &self,
        tenant: &str,
        which: Which,
        (offset, limit): (i64, i64),
    ) -> Result<(Vec<String>, i64), ScimError> {
        let total = store::count(&self.db, tenant, which).await?;
        Ok((store::people(&self.db, tenant, which, (offset, limit)).await?, total))
    }

    /// Who has this user name, whatever its case.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn by_user_name(&self, tenant: &str, name: &str) -> Result<Option<String>, ScimError> {
        let index = self.user_name_index(tenant, name);
        if let Some(id) = store::by_user_name(&self.db, tenant, &index).await? {
            return Ok(Some(id));
        }
        // Who was never described has their address as user name.
        let Some(id) = self.by_email(tenant, name).await? else { return Ok(None) };
        Ok(store::user(&self.db, &id).await?.is_none().then_some(id))
    }

    /// Who has this address.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn by_email(&self, tenant: &str, email: &str) -> Result<Option<String>, ScimError> {
        Ok(self.users.find(tenant, email).await?.map(|user| user.id.to_string()))
    }

    /// Who has this id at the identity provider.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn by_external(&self, tenant: &str, external: &str) -> Result<Vec<String>, ScimError> {
        Ok(store::by_external(&self.db, tenant, &self.index("scim-external", tenant, external)).await?)
    }

    /// Makes somebody, without a password; with an invitation when the configuration says so.
    ///
    /// # Errors
    /// When a field breaks a rule or is taken, or it cannot be recorded or stored.
    pub async fn create(&self, by: &Provisioner, draft: Draft, config: &ScimConfig) -> Result<Person, ScimError> {
        draft.profile.check()?;
        if self.by_user_name(&by.tenant, &draft.profile.user_name).await?.is_some() {
            return Err(ScimError::Taken("userName"));
        }
        let new = NewUser {
            tenant: by.tenant.clone(),
            team: None,
            email: draft.profile.email().to_owned(),
            name: draft.profile.shown(),
            roles: vec![BASE_ROLE.to_owned()],
        };
        let is_active = draft.is_active.unwrap_or(true);
        let status = if is_active { Status::Invited } else { Status::Deactivated };
        let user = self.users.add(&new, UserKind::Person, status, &by.actor).await?;
        let off_epoch = (!is_active).then_some(user.epoch);
        let changed_at = self.clock.now();
        let person = Person { user, profile: draft.profile, changed_at, roles: Vec::new(), off_epoch };
        self.keep(&person).await?;
        if config.invite && is_active {
            // The user is made, and another letter can be sent: one that fails does not undo it.
            if let Err(error) = self.users.recover(&person.user, &by.actor).await {
                tracing::warn!(error = &error as &dyn std::error::Error, "an invitation was not sent");
            }
        }
        self.person(&by.tenant, person.user.id.as_str()).await
    }

    /// Makes somebody what the draft says, but for what is not the identity provider's to say.
    ///
    /// # Errors
    /// As [`Scim::create`]; and when it is the last owner, or an address that is protected.
    pub async fn change(
        &self,
        by: &Provisioner,
        mut person: Person,
        draft: Draft,
        config: &ScimConfig,
    ) -> Result<Person, ScimError> {
        draft.profile.check()?;
        let id = person.user.id.to_string();
        let is_taken = |found: Option<String>| found.is_some_and(|found| found != id);
        if is_taken(self.by_user_name(&by.tenant, &draft.profile.user_name).await?) {
            return Err(ScimError::Taken("userName"));
        }
        let email = self.users.normalized(draft.profile.email())?;
        let has_moved = person.user.email.as_deref() != Some(email.as_str());
        if has_moved && is_taken(self.by_email(&by.tenant, &email).await?) {
            return Err(ScimError::Taken("emails"));
        }
        if has_moved && !config.could_give(&person.user.roles) {
            return Err(ScimError::Protected);
        }
        if person.is_active() && draft.is_active == Some(false) {
            self.users.deactivate(&id, &by.actor).await?;
            person.user = self.users.show(&id).await?;
            person.off_epoch = Some(person.user.epoch);
            self.keep(&person).await?;
        }
        if draft.profile != person.profile {
            self.users.describe(&person.user, &draft.profile.shown(), &email, &by.actor).await?;
            person.profile = draft.profile;
            self.keep(&person).await?;
        }
        if !person.is_active() && draft.is_active == Some(true) {
            self.let_in(by, &mut person).await?;
        }
        self.person(&by.tenant, &id).await
    }

    /// Lets somebody in again whom an identity provider deactivated, and nobody here touched since.
    async fn let_in(&self, by: &Provisioner, person: &mut Person) -> Result<(), ScimError> {
        let id = person.user.id.as_str();
        if person.off_epoch != Some(person.user.epoch) {
            let event = catalogue::scim_kept_out(self.clock.now(), &by.tenant, id).by(&by.actor);
            self.journal.append_durable(&event).await?;
            return Ok(());
        }
        self.users.reactivate(id, &by.actor).await?;
        person.off_epoch = None;
        self.keep(person).await
    }

    /// Deletes somebody: they are deactivated, and address, name, password, factors, groups and roles are forgotten. The id
    /// stays, for the audit log, and is never used again.
    ///
    /// # Errors
    /// When it is the last owner, or it cannot be recorded or stored.
    pub async fn delete(&self, by: &Provisioner, person: &Person) -> Result<(), ScimError> {
        let id = person.user.id.as_str();
        if person.is_active() {
            self.users.deactivate(id, &by.actor).await?;
        }
        let event = catalogue::user_deleted(self.clock.now(), &by.tenant, id).by(&by.actor);
        self.journal.append_durable(&event).await?;
        let name = self.users.sealed_name(&person.user, "deleted")?;
        store::erase(&self.db, id, &name, self.now_s()).await?;
        Ok(self.users.end_sessions(&person.user.id, "user_deactivated").await?)
    }

    /// Writes what is known about somebody.
    pub(super) async fn keep(&self, person: &Person) -> Result<(), ScimError> {
        let (tenant, id) = (person.user.tenant.as_str(), person.user.id.as_str());
        let plain = serde_json::to_vec(&person.profile).map_err(|_| StoreError::Column("profile"))?;
        let external = person.profile.external_id.as_deref();
        let stored = StoredUser {
            user_id: id.to_owned(),
            tenant: tenant.to_owned(),
            profile: self.sealer.seal(&place(tenant, id), &plain)?,
            user_name_index: self.user_name_index(tenant, &person.profile.user_name),
            external_index: external.map(|external| self.index("scim-external", tenant, external)),
            roles: person.roles.clone(),
            off_epoch: person.off_epoch,
            changed_at: self.now_s(),
        };
        Ok(store::put_user(&self.db, &stored).await?)
    }
}

fn place<'p>(tenant: &'p str, row: &'p str) -> Place<'p> {
    Place { table: "scim_user", column: "profile", row, tenant }
}
