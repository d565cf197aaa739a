//! Whose account an identity opens: the one it is linked to, one with the same proved address, or a new one.
//!
//! Invariants: a person is issuer and subject, and nothing else. An address counts on the word of a provider that is trusted
//! for it, and only for an account that has proved it or was invited at it: otherwise whoever made an account with another's
//! address would wait in it for its owner. Another account is made without an address that nobody is trusted for.

use super::claims::Said;
use super::error::{OutsideError, Refused};
use super::flow::Link;
use super::store::{self, Stored};
use super::{Outside, Provider};
use crate::auth::random::base62;
use crate::auth::session::store as session;
use crate::auth::user::{NewUser, Status, UserInfo, UserKind};
use crate::data::encryption::Place;
use crate::event::catalogue;

impl Outside {
    /// Who logs in, with roles and team as the claims say.
    pub(super) async fn person(&self, provider: &Provider, said: &Said) -> Result<UserInfo, OutsideError> {
        said.check_domain(&provider.config)?;
        let (id, user) = match self.known(provider, &said.subject).await? {
            Some(identity) => {
                let user = self.users.show(&identity.user).await?;
                (identity.id, self.may_enter(provider, user)?)
            }
            None => self.first_time(provider, said).await?,
        };
        let user = self.mapped(provider, said, user).await?;
        if user.roles.is_empty() {
            return Err(Refused::NoRole.into());
        }
        store::used(&self.db, &id, self.now_s()).await?;
        Ok(user)
    }

    /// Links an identity to the account from whose session it was begun.
    pub(super) async fn link(&self, provider: &Provider, said: &Said, link: &Link) -> Result<UserInfo, OutsideError> {
        let session = session::one(&self.db, &link.session).await?;
        // What was begun from a session that was ended since, by whom it was stolen from perhaps, is over.
        if session.is_none_or(|session| session.ended_at.is_some()) {
            return Err(Refused::Changed.into());
        }
        let user = self.users.show(&link.user).await?;
        if user.status != Status::Active || user.epoch != link.epoch || user.tenant != provider.config.tenant {
            return Err(Refused::Changed.into());
        }
        match self.known(provider, &said.subject).await? {
            Some(own) if own.user == link.user => {}
            Some(_) => return Err(Refused::Elsewhere.into()),
            None => {
                self.insert(provider, &said.subject, &user).await?.ok_or(Refused::Elsewhere)?;
            }
        }
        Ok(user)
    }

    async fn known(&self, provider: &Provider, subject: &str) -> Result<Option<Stored>, OutsideError> {
        Ok(store::by_subject(&self.db, &self.subject(provider, subject)).await?)
    }

    fn may_enter(&self, provider: &Provider, user: UserInfo) -> Result<UserInfo, Refused> {
        let is_right =
            user.status == Status::Active && user.kind == UserKind::Person && user.tenant == provider.config.tenant;
        if is_right { Ok(user) } else { Err(Refused::Deactivated) }
    }

    /// Somebody whose identity is not linked yet.
    async fn first_time(&self, provider: &Provider, said: &Said) -> Result<(String, UserInfo), OutsideError> {
        let config = &provider.config;
        let address = said.address(config).filter(|address| self.users.is_address(address));
        let with_address = match address {
            Some(address) => self.users.find(&config.tenant, address).await?,
            None => None,
        };
        let user = match with_address {
            Some(user) if user.status == Status::Invited => self.users.activate_outside(&user).await?,
            Some(user) => {
                let user = self.may_enter(provider, user)?;
                if user.verified_at.is_none() {
                    return Err(Refused::Unproved.into());
                }
                user
            }
            None if config.create => return self.create(provider, said, address).await,
            None => return Err(Refused::Unknown.into()),
        };
        match self.insert(provider, &said.subject, &user).await? {
            Some(id) => Ok((id, user)),
            None => Err(Refused::Elsewhere.into()),
        }
    }

    async fn create(
        &self,
        provider: &Provider,
        said: &Said,
        address: Option<&str>,
    ) -> Result<(String, UserInfo), OutsideError> {
        let config = &provider.config;
        let roles = said.roles(config, std::slice::from_ref(&config.role));
        if roles.is_empty() {
            return Err(Refused::NoRole.into());
        }
        let new = NewUser {
            tenant: config.tenant.clone(),
            team: None,
            email: address.unwrap_or_default().to_owned(),
            name: said.name(config),
            roles,
        };
        let user = self.users.create_outside(&new, &actor(provider)).await?;
        match self.insert(provider, &said.subject, &user).await? {
            Some(id) => Ok((id, user)),
            None => {
                // The same person came twice at once, and the other time was first.
                self.users.deactivate(user.id.as_str(), &actor(provider)).await?;
                Err(Refused::State.into())
            }
        }
    }

    /// Makes roles and team what the claims say.
    async fn mapped(&self, provider: &Provider, said: &Said, user: UserInfo) -> Result<UserInfo, OutsideError> {
        let config = &provider.config;
        let roles = said.roles(config, &user.roles);
        let mut user = self.users.map_roles(user, &roles, &actor(provider)).await?;
        if let Some(name) = said.team(config) {
            user = self.users.map_team(user, name, &actor(provider)).await?;
        }
        Ok(user)
    }

    /// Stores the link, and tells its owner; `None` when the identity is somebody's.
    async fn insert(
        &self,
        provider: &Provider,
        subject: &str,
        user: &UserInfo,
    ) -> Result<Option<String>, OutsideError> {
        let id = format!("oid_{}", base62(22)?);
        let now = self.clock.now();
        let event = catalogue::outside_linked(now, (&user.tenant, user.id.as_str()), &id, &provider.config.name);
        self.journal.append_durable(&event.by(user.id.as_str())).await?;
        let place = place(&id, &user.tenant);
        let identity = serde_json::json!({ "iss": provider.config.issuer, "sub": subject }).to_string();
        let stored = Stored {
            user: user.id.to_string(),
            tenant: user.tenant.clone(),
            provider: provider.config.name.clone(),
            subject: self.subject(provider, subject),
            sealed: self.sealer.seal(&place, identity.as_bytes())?,
            created_at: now.as_second(),
            used_at: None,
            id,
        };
        if !store::insert(&self.db, &stored).await? {
            return Ok(None);
        }
        self.users.tell(user, linked(provider.config.label()));
        Ok(Some(stored.id))
    }

    /// What an identity is found by: tenant, issuer and subject, and nothing that can change.
    fn subject(&self, provider: &Provider, subject: &str) -> Vec<u8> {
        self.hash("subject", &[&provider.config.tenant, &provider.config.issuer, subject])
    }
}

/// Who changes accounts, as the audit log names it.
fn actor(provider: &Provider) -> String {
    format!("outside:{}", provider.config.name)
}

/// Where an identity is sealed.
pub(super) fn place<'p>(id: &'p str, tenant: &'p str) -> Place<'p> {
    Place { table: "outside_identity", column: "sealed", row: id, tenant }
}

fn linked(label: &str) -> (&'static str, String) {
    let text = format!(
        "from now on you can log in with {label}.\n\nIf it was not you who did this, tell your administrator at once."
    );
    ("A login was linked to your account", text)
}
