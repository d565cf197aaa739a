//! Groups: teams, and the roles that the configuration gives to their members.
//!
//! Only roles that a group gave are taken again when somebody leaves it; those that were given here stay.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::config::ScimConfig;
use super::person::Person;
use super::store::Regroup;
use super::{Provisioner, Scim, ScimError, store};
use crate::auth::user::TeamInfo;
use crate::event::catalogue;
use crate::store::StoreError;

const OWNER: &str = "owner";
const EXTERNAL_CHARS_MAX: usize = 128;

/// A group, as it is.
#[derive(Debug, Clone)]
pub struct Group {
    /// The team.
    pub team: TeamInfo,
    /// Its id at the identity provider.
    pub external_id: Option<String>,
    /// Ids of users.
    pub members: Vec<String>,
    /// When an identity provider changed something last.
    pub changed_at: Timestamp,
}

/// A group, as it is to be.
#[derive(Debug, Clone)]
pub struct GroupDraft {
    /// Its name.
    pub name: String,
    /// Its id at the identity provider.
    pub external_id: Option<String>,
    /// Ids of users.
    pub members: Vec<String>,
}

impl Scim {
    /// The teams of the tenant, by name.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn teams(&self, tenant: &str) -> Result<Vec<TeamInfo>, ScimError> {
        Ok(self.users.teams().await?.into_iter().filter(|team| team.tenant == tenant).collect())
    }

    /// A group with its members.
    ///
    /// # Errors
    /// When there is none of this id in the tenant, or the store fails.
    pub async fn group(&self, tenant: &str, id: &str) -> Result<Group, ScimError> {
        let team = self.teams(tenant).await?.into_iter().find(|team| team.id == id).ok_or(ScimError::Missing)?;
        self.with_members(team).await
    }

    /// A team as a group.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn with_members(&self, team: TeamInfo) -> Result<Group, ScimError> {
        let (external_id, changed_at) = store::group(&self.db, &team.id).await?.unwrap_or_default();
        let changed_at = Timestamp::from_second(changed_at).map_err(|_| StoreError::Column("changed_at"))?;
        let members = store::members(&self.db, &team.id).await?;
        Ok(Group { changed_at: changed_at.max(team.created_at), team, external_id, members })
    }

    /// Makes a group.
    ///
    /// # Errors
    /// When a field breaks a rule or the name is taken, a member is nobody of the tenant, or it cannot be recorded or
    /// stored.
    pub async fn create_group(
        &self,
        by: &Provisioner,
        draft: GroupDraft,
        config: &ScimConfig,
    ) -> Result<Group, ScimError> {
        check(&draft)?;
        self.people_of(by, &draft.members).await?;
        let team = match self.users.create_team(&by.tenant, &draft.name, &by.actor).await.map_err(ScimError::from) {
            Err(ScimError::Taken(_)) => return Err(ScimError::Taken("displayName")),
            other => other?,
        };
        let group = self.with_members(team).await?;
        self.change_group(by, group, draft, config).await
    }

    /// Makes a group what the draft says.
    ///
    /// # Errors
    /// As [`Scim::create_group`]; and when the last owner would lose the role.
    pub async fn change_group(
        &self,
        by: &Provisioner,
        group: Group,
        draft: GroupDraft,
        config: &ScimConfig,
    ) -> Result<Group, ScimError> {
        check(&draft)?;
        let before: BTreeSet<&String> = group.members.iter().collect();
        let after: BTreeSet<&String> = draft.members.iter().collect();
        let joining: Vec<String> = after.difference(&before).map(|id| (*id).clone()).collect();
        let leaving: Vec<String> = before.difference(&after).map(|id| (*id).clone()).collect();
        self.people_of(by, &joining).await?;
        let id = group.team.id.clone();
        let is_renamed = draft.name.trim() != group.team.name;
        let losing = if is_renamed { &group.members } else { &leaving };
        self.keep_an_owner(by, losing, &group.team.name, config).await?;
        let name = draft.name.trim();
        if is_renamed && self.teams(&by.tenant).await?.iter().any(|team| team.id != id && team.name == name) {
            return Err(ScimError::Taken("displayName"));
        }
        let is_changed = is_renamed || draft.external_id != group.external_id;
        if is_changed || !joining.is_empty() || !leaving.is_empty() {
            if is_renamed {
                let event = catalogue::team_changed(catalogue::TEAM_RENAMED, self.clock.now(), &by.tenant, &id, name);
                self.journal.append_durable(&event.by(&by.actor)).await?;
            }
            for (kind, people) in [(catalogue::TEAM_JOINED, &joining), (catalogue::TEAM_LEFT, &leaving)] {
                for user in people {
                    self.record_member(by, kind, &id, user).await?;
                }
            }
            let external_id = draft.external_id.as_deref();
            let change = Regroup { team: &id, name, external_id, joining: &joining, leaving: &leaving };
            store::regroup(&self.db, &change, self.now_s()).await?;
        }
        let touched = joining.iter().chain(&leaving).chain(draft.members.iter().filter(|_| is_renamed));
        for user in touched.collect::<BTreeSet<_>>() {
            self.give_roles(by, user, config).await?;
        }
        self.group(&by.tenant, &id).await
    }

    /// Deletes a group; its members lose the roles that it gave.
    ///
    /// # Errors
    /// When the last owner would lose the role, or it cannot be recorded or stored.
    pub async fn delete_group(&self, by: &Provisioner, group: &Group, config: &ScimConfig) -> Result<(), ScimError> {
        let (id, name) = (group.team.id.as_str(), group.team.name.as_str());
        self.keep_an_owner(by, &group.members, name, config).await?;
        let event = catalogue::team_changed(catalogue::TEAM_DELETED, self.clock.now(), &by.tenant, id, name);
        self.journal.append_durable(&event.by(&by.actor)).await?;
        store::delete_group(&self.db, id, self.now_s()).await?;
        for user in &group.members {
            self.give_roles(by, user, config).await?;
        }
        Ok(())
    }

    async fn record_member(
        &self,
        by: &Provisioner,
        kind: &'static crate::event::Kind,
        team: &str,
        user: &str,
    ) -> Result<(), ScimError> {
        let event = catalogue::team_member(kind, self.clock.now(), &by.tenant, team, user).by(&by.actor);
        Ok(self.journal.append_durable(&event).await?)
    }

    /// Refuses members who are nobody of the tenant.
    async fn people_of(&self, by: &Provisioner, members: &[String]) -> Result<(), ScimError> {
        for id in members {
            match self.person(&by.tenant, id).await {
                Err(ScimError::Missing) => {
                    let id: String = id.chars().take(64).collect();
                    return Err(ScimError::Invalid(format!("members: there is no user `{id}`")));
                }
                other => drop(other?),
            }
        }
        Ok(())
    }

    /// Gives somebody the roles of their groups, and takes those that groups gave before.
    async fn give_roles(&self, by: &Provisioner, id: &str, config: &ScimConfig) -> Result<(), ScimError> {
        let mut person = match self.person(&by.tenant, id).await {
            Err(ScimError::Missing) => return Ok(()),
            other => other?,
        };
        let groups: Vec<String> = store::groups_of(&self.db, id).await?.into_iter().map(|(_, name)| name).collect();
        let wanted = config.roles_of(&groups);
        let is_off = person.off_epoch == Some(person.user.epoch);
        let (given, roles) = (person.roles.clone(), person.user.roles.clone());
        for role in wanted.iter().filter(|role| !roles.contains(role)) {
            person.user = self.users.add_role(id, role, &by.actor).await?;
            person.roles.push(role.clone());
        }
        for role in given.iter().filter(|role| !wanted.contains(role)) {
            if person.user.roles.contains(role) {
                person.user = self.users.remove_role(id, role, &by.actor).await?;
            }
            person.roles.retain(|own| own != role);
        }
        if person.roles != given {
            // What was just changed here is no touch by somebody else.
            person.off_epoch = if is_off { Some(person.user.epoch) } else { person.off_epoch };
            self.keep(&person).await?;
        }
        Ok(())
    }

    /// Refuses, before anything is changed, what would take the last owner's role.
    async fn keep_an_owner(
        &self,
        by: &Provisioner,
        losing: &[String],
        group: &str,
        config: &ScimConfig,
    ) -> Result<(), ScimError> {
        if !config.roles.iter().any(|mapped| mapped.role == OWNER && mapped.group == group) {
            return Ok(());
        }
        for id in losing {
            let person = match self.person(&by.tenant, id).await {
                Err(ScimError::Missing) => continue,
                other => other?,
            };
            if self.would_lose(&person, group, config).await? {
                self.users.keep_an_owner(&person.user).await?;
            }
        }
        Ok(())
    }

    async fn would_lose(&self, person: &Person, group: &str, config: &ScimConfig) -> Result<bool, ScimError> {
        let groups = store::groups_of(&self.db, person.user.id.as_str()).await?;
        let left: Vec<String> = groups.into_iter().map(|(_, name)| name).filter(|name| name != group).collect();
        let is_kept = config.roles_of(&left).iter().any(|role| role == OWNER);
        Ok(!is_kept && person.roles.iter().any(|role| role == OWNER))
    }
}

fn check(draft: &GroupDraft) -> Result<(), ScimError> {
    let external = draft.external_id.as_deref().unwrap_or_default();
    if external.chars().count() > EXTERNAL_CHARS_MAX || external.chars().any(char::is_control) {
        return Err(ScimError::Invalid("externalId: must have at most 128 characters, none a control".to_owned()));
    }
    let name = draft.name.trim();
    if name.is_empty() || name.chars().count() > 128 || name.chars().any(char::is_control) {
        return Err(ScimError::Invalid("displayName: must have 1 to 128 characters, none a control".to_owned()));
    }
    Ok(())
}
