//! Access control: an [`Identity`] asks for an [`Action`] and gets a [`Permit`] or a denial (`data.access.rbac`,
//! `data.access.least`).
//!
//! Three things decide, and each only narrows what the others leave: the scopes and the models of the key or token, the
//! standing of the user behind it (active, of this tenant), and policies in Cedar: one built-in file a role and an
//! operator's own. Nothing is permitted unless a policy permits it, and a `forbid` always wins. Decisions are remembered
//! until a policy or anybody's standing changes.
//!
//! Invariants: only [`Access::authorize`] makes a [`Permit`]; a denial is in the audit log with the policies that decided.
//!
//! ```compile_fail
//! let forged = portcullis::data::access::Permit { _private: () };
//! ```

mod action;
mod cache;
pub mod config;
mod policies;
mod report;
mod store;
mod usage;

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use crate::auth::Identity;
use crate::auth::user::Roster;
use crate::clock::Clock;
use crate::event::catalogue;
use crate::event::journal::Journal;
use crate::store::{Db, StoreError};
use cache::{Asked, Cache, Remembered};
use usage::Usage;

pub use action::{Action, Kind, Resource, is_scope};
pub use policies::{Decided, Policies, PolicyError, Principal};
pub use report::{Proposal, Replay, Unused, matrix};

pub use crate::auth::user::ROLES;

/// Who made a key on the command line: the operator of the machine, who could do all of it anyway.
const CLI: &str = "cli";
/// Decided when a scope is missing.
const SCOPE: &str = "builtin#scope";
/// Decided when the model is not on the key's list.
const MODELS: &str = "builtin#models";
/// Decided when the user is kept out, or is another tenant's.
const STANDING: &str = "builtin#standing";

/// The proof that an identity may do what it asked for.
#[derive(Debug)]
pub struct Permit {
    _private: (),
}

/// Why it may not.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{reason}")]
pub struct Denied {
    /// What was asked for.
    pub action: Action,
    /// Why, for the client.
    pub reason: Reason,
    /// The ids of the policies that decided, for the audit log; none when no policy permits it.
    pub policies: Vec<String>,
}

/// Why somebody may not, in words that give nothing away.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Reason {
    /// The allow-list does not name the model.
    #[error("this key or token may not use the model `{0}`")]
    Model(String),
    /// The scope is missing.
    #[error("this key or token lacks the scope `{0}`")]
    Scope(&'static str),
    /// No policy permits it, or one forbids it.
    #[error("you may not do this here (`{0}`)")]
    Policy(Action),
}

/// Roles with something to do on the admin plane. What, the policies say.
const ADMINISTRATIVE: [&str; 6] = ["owner", "admin", "analyst", "reviewer", "auditor", "developer"];

/// The scopes of tokens of somebody in these roles. The roles themselves decide what the scopes are worth.
pub fn scopes(roles: &[String]) -> Vec<String> {
    let administers = roles.iter().any(|role| ADMINISTRATIVE.contains(&role.as_str()));
    let scopes: &[&str] = if administers { &["inference", "admin"] } else { &["inference"] };
    scopes.iter().map(|scope| (*scope).to_owned()).collect()
}

/// What decides.
#[derive(Debug)]
pub struct Access {
    db: Db,
    clock: Arc<dyn Clock>,
    journal: Arc<Journal>,
    roster: Arc<Roster>,
    policies: RwLock<Arc<Policies>>,
    /// Rises when policies change.
    revision: AtomicU64,
    decisions: Cache,
    usage: Usage,
}

/// Who asks, with what is known of them now.
#[derive(Debug, Clone)]
pub(crate) struct Who {
    kind: &'static str,
    id: String,
    tenant: String,
    owner: String,
    /// None when they are kept out, or of another tenant.
    roles: Option<Vec<String>>,
}

impl Access {
    /// Reads the policies.
    ///
    /// # Errors
    /// When one does not hold.
    pub fn open(
        (db, journal, clock): (Db, Arc<Journal>, Arc<dyn Clock>),
        roster: Arc<Roster>,
        folder: Option<&Path>,
    ) -> Result<Self, PolicyError> {
        let policies = RwLock::new(Arc::new(Policies::load(folder)?));
        Ok(Self {
            db,
            clock,
            journal,
            roster,
            policies,
            revision: AtomicU64::new(0),
            decisions: Cache::default(),
            usage: Usage::default(),
        })
    }

    /// Says whether the identity may act. What it used is noted, and a denial is recorded.
    ///
    /// # Errors
    /// When its scopes, its list of models, the standing of its user or the policies do not let it.
    pub fn authorize(&self, identity: &Identity, action: Action, resource: &Resource<'_>) -> Result<Permit, Denied> {
        self.authorize_roles(identity, action, resource, &[])
    }

    /// As [`Access::authorize`], for what gives or takes these roles.
    ///
    /// # Errors
    /// As [`Access::authorize`].
    pub fn authorize_roles(
        &self,
        identity: &Identity,
        action: Action,
        resource: &Resource<'_>,
        roles: &[String],
    ) -> Result<Permit, Denied> {
        match self.judge(identity, action, resource, roles) {
            Ok(()) => Ok(Permit { _private: () }),
            Err(denied) => {
                let event =
                    catalogue::access_denied(self.clock.now(), (&identity.actor, &identity.tenant), &denied, resource);
                // A refusal does not fail because the journal does.
                if let Err(error) = self.journal.append(&event) {
                    tracing::error!(error = &error as &dyn std::error::Error, "a denial was not recorded");
                }
                Err(denied)
            }
        }
    }

    fn judge(
        &self,
        identity: &Identity,
        action: Action,
        resource: &Resource<'_>,
        roles: &[String],
    ) -> Result<(), Denied> {
        let denied = |reason, policies| Err(Denied { action, reason, policies });
        if !identity.covers(action) {
            return denied(Reason::Scope(action.family()), vec![SCOPE.to_owned()]);
        }
        if action == Action::ModelInfer && !identity.may_use_model(resource.id) {
            return denied(Reason::Model(resource.id.chars().take(128).collect()), vec![MODELS.to_owned()]);
        }
        let remembered = if roles.is_empty() {
            self.remembered(identity, action, resource)
        } else {
            Arc::new(Remembered::new(self.fresh(&self.who(identity), action, resource, roles)))
        };
        if !remembered.decided.is_allowed {
            return denied(Reason::Policy(action), remembered.decided.policies.clone());
        }
        let now_s = self.clock.now().as_second();
        if remembered.is_due(now_s) {
            self.usage.note(&identity.actor, action, now_s);
        }
        Ok(())
    }

    fn remembered(&self, identity: &Identity, action: Action, resource: &Resource<'_>) -> Arc<Remembered> {
        let asked = Asked {
            // Before anything else is read: what changes meanwhile makes this entry an old one.
            generation: self.generation(),
            actor: &identity.actor,
            tenant: &identity.tenant,
            action,
            resource: *resource,
        };
        self.decisions.find_or(&asked, || self.fresh(&self.who(identity), action, resource, &[]))
    }

    fn fresh(&self, who: &Who, action: Action, resource: &Resource<'_>, roles: &[String]) -> Decided {
        let Some(own) = &who.roles else {
            return Decided { is_allowed: false, policies: vec![STANDING.to_owned()], errors: Vec::new() };
        };
        let decided = self.policies().decide(&who.principal(own), action, resource, roles);
        for error in &decided.errors {
            tracing::error!(action = action.name(), error, "an access decision failed, so it is a denial");
        }
        decided
    }

    fn who(&self, identity: &Identity) -> Who {
        let (kind, user) = match &identity.owner {
            Some(owner) => ("App", owner.as_str()),
            None => ("User", identity.actor.as_str()),
        };
        Who {
            kind,
            id: identity.actor.clone(),
            tenant: identity.tenant.clone(),
            owner: identity.owner.clone().unwrap_or_default(),
            roles: self.roles_of(user, &identity.tenant, identity.owner.is_some()),
        }
    }

    /// The roles of a user now; `None` when they may not act for this tenant.
    fn roles_of(&self, user: &str, tenant: &str, is_key: bool) -> Option<Vec<String>> {
        if is_key && user == CLI {
            return Some(vec!["owner".to_owned()]);
        }
        match self.roster.find(user) {
            Some(standing) => (standing.is_active && standing.tenant == tenant).then(|| standing.roles.clone()),
            // A name that an operator issued tokens for by hand, or somebody who was made a moment ago elsewhere.
            None if !is_key => Some(vec!["user".to_owned()]),
            None => None,
        }
    }

    /// The roles that a key of this owner acts with.
    pub fn roles_behind(&self, owner: &str, tenant: &str) -> Vec<String> {
        self.roles_of(owner, tenant, true).unwrap_or_default()
    }

    /// The roles that somebody has now: a person their own, a key its owner's. A key that the command line made acts like an
    /// owner but is nobody, and has none.
    pub fn roles_held(&self, actor: &str, owner: Option<&str>, tenant: &str) -> Vec<String> {
        match owner {
            Some(CLI) => Vec::new(),
            Some(owner) => self.roles_behind(owner, tenant),
            None => self.roles_of(actor, tenant, false).unwrap_or_default(),
        }
    }

    /// The policies in force.
    pub fn policies(&self) -> Arc<Policies> {
        self.policies.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Changes with the policies and with anybody's standing. Both only grow, so their sum changes when one does.
    fn generation(&self) -> u64 {
        self.revision.load(Ordering::Acquire).wrapping_add(self.roster.generation())
    }

    /// Puts policies in force that were read before. What was decided until now is decided again.
    pub fn take_over(&self, policies: Arc<Policies>) {
        *self.policies.write().unwrap_or_else(PoisonError::into_inner) = policies;
        self.revision.fetch_add(1, Ordering::AcqRel);
    }

    /// Writes down what was used since the last time.
    ///
    /// # Errors
    /// When the store fails; then it is kept for the next time.
    pub async fn flush(&self) -> Result<(), StoreError> {
        self.usage.flush(&self.db).await
    }
}

impl Who {
    fn principal<'w>(&'w self, roles: &'w [String]) -> Principal<'w> {
        Principal { kind: self.kind, id: &self.id, tenant: &self.tenant, owner: &self.owner, roles }
    }
}
