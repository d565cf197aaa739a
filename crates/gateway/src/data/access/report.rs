//! What somebody may do, what of it they do not use, and what would be enough.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::action::{Action, Kind, Resource};
use super::policies::{Decided, Policies, Principal};
use super::{Access, SCOPE, Who, store};
use crate::auth::key::KeyInfo;
use crate::auth::user::{ROLES, UserInfo};
use crate::event::DEFAULT_TENANT;
use crate::store::StoreError;

/// What a principal may do and did not do for a while, and what would be enough.
#[derive(Debug, Serialize)]
pub struct Unused {
    /// The id of a user or a key.
    pub principal: String,
    /// Their roles; of a key, its owner's.
    pub roles: Vec<String>,
    /// The scopes that narrow them, of a key.
    pub scopes: Option<Vec<String>>,
    /// What was used in the time asked about.
    pub used: Vec<Action>,
    /// What was not, and when last, if ever.
    pub unused: Vec<(Action, Option<Timestamp>)>,
    /// What would be enough; nothing when nothing can be spared.
    pub proposal: Option<Proposal>,
    /// The uses, decided again under the proposal.
    pub replay: Option<Replay>,
}

/// What would be enough.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Proposal {
    /// This role in the place of those there are.
    Role(String),
    /// No role, and this policy.
    Policy(String),
    /// A key with these scopes.
    Scopes(Vec<String>),
    /// Nothing at all was used.
    Nothing,
}

/// How recorded uses fare under a proposal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Replay {
    /// Uses that were decided again.
    pub replayed: usize,
    /// Those that would be denied.
    pub lost: Vec<Action>,
}

impl Access {
    /// Decides as if a user asked, with the policies that decided.
    pub fn explain_user(&self, user: &UserInfo, action: Action, resource: &Resource<'_>) -> Decided {
        self.fresh(&self.user(user), action, resource, &[])
    }

    /// Decides as if the bearer of a key asked.
    pub fn explain_key(&self, key: &KeyInfo, action: Action, resource: &Resource<'_>) -> Decided {
        let deny = |policy: &str| Decided { is_allowed: false, policies: vec![policy.to_owned()], errors: vec![] };
        if !key.scopes.iter().any(|scope| action.is_covered_by(scope)) {
            return deny(SCOPE);
        }
        if action == Action::ModelInfer && !key.may_use_model(resource.id) {
            return deny(super::MODELS);
        }
        if !key.is_valid_at(self.clock.now()) {
            return deny(super::STANDING);
        }
        self.fresh(&self.key(key), action, resource, &[])
    }

    /// What a user may do, ordinarily: on something of their own tenant.
    pub fn allowed_to_user(&self, user: &UserInfo) -> Vec<Action> {
        allowed(&self.policies(), &self.user(user))
    }

    /// What the bearer of a key may do, ordinarily.
    pub fn allowed_to_key(&self, key: &KeyInfo) -> Vec<Action> {
        let mut actions = allowed(&self.policies(), &self.key(key));
        actions.retain(|action| key.scopes.iter().any(|scope| action.is_covered_by(scope)));
        actions
    }

    /// What a user may do and has not done for so many days.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn unused_by_user(&self, user: &UserInfo, days: i64) -> Result<Unused, StoreError> {
        let who = self.user(user);
        let may = self.allowed_to_user(user);
        let mut report = self.report(&user.id.to_string(), &user.roles, may, days).await?;
        if !report.unused.is_empty() {
            let proposal = self.enough(&who, &report.used, report.used.len() + report.unused.len());
            report.replay = Some(self.replay(&who, &proposal, &report.used));
            report.proposal = Some(proposal);
        }
        Ok(report)
    }

    /// What the bearer of a key may do and has not done for so many days.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn unused_by_key(&self, key: &KeyInfo, days: i64) -> Result<Unused, StoreError> {
        let who = self.key(key);
        let may = self.allowed_to_key(key);
        let mut report = self.report(&key.id, who.roles.as_deref().unwrap_or_default(), may, days).await?;
        report.scopes = Some(key.scopes.clone());
        if !report.unused.is_empty() {
            let proposal = match report.used.is_empty() {
                true => Proposal::Nothing,
                false => Proposal::Scopes(report.used.iter().map(ToString::to_string).collect()),
            };
            report.replay = Some(self.replay(&who, &proposal, &report.used));
            report.proposal = Some(proposal);
        }
        Ok(report)
    }

    async fn report(
        &self,
        principal: &str,
        roles: &[String],
        may: Vec<Action>,
        days: i64,
    ) -> Result<Unused, StoreError> {
        let since = self.clock.now().as_second() - SignedDuration::from_hours(24).as_secs() * days;
        let uses = store::uses_of(&self.db, principal).await?;
        let last = |action: &Action| uses.get(action).copied();
        let (used, unused): (Vec<Action>, Vec<Action>) =
            may.into_iter().partition(|action| last(action).is_some_and(|at| at >= since));
        let unused =
            unused.into_iter().map(|action| (action, last(&action).and_then(|at| Timestamp::from_second(at).ok())));
        Ok(Unused {
            principal: principal.to_owned(),
            roles: roles.to_vec(),
            scopes: None,
            used,
            unused: unused.collect(),
            proposal: None,
            replay: None,
        })
    }

    /// The narrowest built-in role that is enough, when it is narrower than now; else a policy of exactly what was used.
    fn enough(&self, who: &Who, used: &[Action], now: usize) -> Proposal {
        if used.is_empty() {
            return Proposal::Nothing;
        }
        let needed: BTreeSet<Action> = used.iter().copied().collect();
        let policies = self.policies();
        let narrowest = ROLES
            .iter()
            .map(|role| (role, allowed(&policies, &who.in_roles(&[(*role).to_owned()]))))
            .filter(|(_, may)| may.len() < now && needed.iter().all(|action| may.contains(action)))
            .min_by_key(|(_, may)| may.len());
        match narrowest {
            Some((role, _)) => Proposal::Role((*role).to_owned()),
            None => Proposal::Policy(policy(who, used)),
        }
    }

    /// Decides the uses again under a proposal.
    fn replay(&self, who: &Who, proposal: &Proposal, used: &[Action]) -> Replay {
        let policies = self.policies();
        let lost = match proposal {
            Proposal::Role(role) => lost(&policies, &who.in_roles(std::slice::from_ref(role)), used),
            Proposal::Policy(text) => match policies.with("proposal", text) {
                Ok(proposed) => lost(&proposed, &who.in_roles(&[]), used),
                Err(_) => used.to_vec(),
            },
            Proposal::Scopes(scopes) => {
                let covered = |action: &Action| scopes.iter().any(|scope| action.is_covered_by(scope));
                let may = allowed(&policies, who);
                used.iter().copied().filter(|action| !covered(action) || !may.contains(action)).collect()
            }
            Proposal::Nothing => used.to_vec(),
        };
        Replay { replayed: used.len(), lost }
    }

    fn user(&self, user: &UserInfo) -> Who {
        let id = user.id.to_string();
        Who {
            kind: if id.starts_with("svc_") { "Service" } else { "User" },
            roles: self.roles_of(&id, &user.tenant, false),
            id,
            tenant: user.tenant.clone(),
            owner: String::new(),
        }
    }

    fn key(&self, key: &KeyInfo) -> Who {
        Who {
            kind: "App",
            id: key.id.clone(),
            tenant: key.tenant.clone(),
            owner: key.owner.clone(),
            roles: self.roles_of(&key.owner, &key.tenant, true),
        }
    }
}

impl Who {
    fn in_roles(&self, roles: &[String]) -> Self {
        Self { roles: Some(roles.to_vec()), ..self.clone() }
    }
}

/// What somebody may do, each on something of their own tenant.
fn allowed(policies: &Policies, who: &Who) -> Vec<Action> {
    let may = |action: &Action| decided(policies, who, *action).is_some_and(|decided| decided.is_allowed);
    Action::ALL.iter().copied().filter(may).collect()
}

fn lost(policies: &Policies, who: &Who, used: &[Action]) -> Vec<Action> {
    let may = allowed(policies, who);
    used.iter().copied().filter(|action| !may.contains(action)).collect()
}

fn decided(policies: &Policies, who: &Who, action: Action) -> Option<Decided> {
    let roles = who.roles.as_ref()?;
    let kind = action.kind();
    let tenant = kind.tenant(&who.tenant);
    Some(policies.decide(&who.principal(roles), action, &Resource::new(kind, "any", tenant), &[]))
}

fn policy(who: &Who, used: &[Action]) -> String {
    let actions: Vec<String> = used.iter().map(|action| format!("Action::\"{action}\"")).collect();
    format!(
        "@id(\"{id}\")\npermit (\n    principal == {kind}::\"{id}\",\n    action in [{actions}],\n    resource\n);\n",
        kind = who.kind,
        id = who.id,
        actions = actions.join(", ")
    )
}

/// The table of roles and actions, as text: a change of it is seen in a review.
pub fn matrix() -> String {
    let mut out = String::from(
        "# Generated by `cargo xtask docs`. Do not edit.\n# Who may do what in the tenant that runs the gateway; elsewhere what\n# is done to the policies or the configuration is denied to everybody.\n",
    );
    let Ok(policies) = Policies::load(None) else { return out };
    let mut head = format!("{:<20}", "action");
    ROLES.iter().for_each(|role| head.push_str(&format!(" {role:<9}")));
    out.push_str(head.trim_end());
    out.push('\n');
    for action in Action::ALL {
        let mut line = format!("{:<20}", action.name());
        for role in ROLES {
            let roles = [role.to_owned()];
            let principal = Principal { kind: "User", id: "usr_any", tenant: DEFAULT_TENANT, owner: "", roles: &roles };
            let resource = Resource::new(action.kind(), "any", DEFAULT_TENANT);
            let may = policies.decide(&principal, *action, &resource, &[]).is_allowed;
            line.push_str(&format!(" {:<9}", if may { "yes" } else { "-" }));
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

impl Kind {
    /// The tenant of something of this kind, for somebody of a tenant.
    pub fn tenant(self, own: &str) -> &str {
        if self.is_shared() { DEFAULT_TENANT } else { own }
    }
}
