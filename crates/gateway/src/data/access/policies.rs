//! Policies as data: the built-in ones, one file a role, and an operator's own; validated as a whole before they hold.
//!
//! Invariants: a [`Policies`] that exists was validated strictly; a decision during which a policy failed is a denial.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use aws_lc_rs::digest::{SHA256, digest};
use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityId, EntityTypeName, EntityUid, Policy, PolicyId, PolicySet,
    Request, RestrictedExpression, Schema, ValidationMode, Validator,
};

use super::action::{Action, Resource};

const SCHEMA: &str = include_str!("policy/schema.cedarschema");

/// The built-in policies: what cannot be lifted, then one file a role.
const BUILT_IN: [(&str, &str); 9] = [
    ("base", include_str!("policy/base.cedar")),
    ("role/owner", include_str!("policy/role/owner.cedar")),
    ("role/admin", include_str!("policy/role/admin.cedar")),
    ("role/analyst", include_str!("policy/role/analyst.cedar")),
    ("role/reviewer", include_str!("policy/role/reviewer.cedar")),
    ("role/auditor", include_str!("policy/role/auditor.cedar")),
    ("role/developer", include_str!("policy/role/developer.cedar")),
    ("role/app", include_str!("policy/role/app.cedar")),
    ("role/user", include_str!("policy/role/user.cedar")),
];

static VALIDATOR: LazyLock<Option<Validator>> =
    LazyLock::new(|| Schema::from_cedarschema_str(SCHEMA).ok().map(|(schema, _)| Validator::new(schema)));

/// Why policies do not hold.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// The folder or a file of it cannot be read.
    #[error("access.policies: {path} cannot be read")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file is not Cedar, or breaks the schema.
    #[error("{file}: {reason}")]
    Invalid {
        /// Which.
        file: String,
        /// Why.
        reason: String,
    },
}

/// All policies in force.
#[derive(Debug)]
pub struct Policies {
    set: PolicySet,
    /// The operator's files, each with the SHA-256 of its text.
    own: BTreeMap<String, String>,
}

/// Who asks, as policies see them.
#[derive(Debug, Clone)]
pub struct Principal<'p> {
    /// `User`, `Service` or `App`.
    pub kind: &'static str,
    /// The id of a person, a service account or a key.
    pub id: &'p str,
    /// Whose they are.
    pub tenant: &'p str,
    /// Whose key it is.
    pub owner: &'p str,
    /// Their roles.
    pub roles: &'p [String],
}

/// What was decided, and by which policies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// Whether they may.
    pub is_allowed: bool,
    /// The ids of the policies that decided; none when no policy permits it.
    pub policies: Vec<String>,
    /// What failed while deciding.
    pub errors: Vec<String>,
}

impl Policies {
    /// The built-in policies, and those of the folder.
    ///
    /// # Errors
    /// When a file cannot be read, is not Cedar or breaks the schema.
    pub fn load(folder: Option<&Path>) -> Result<Self, PolicyError> {
        let mut policies = Self { set: PolicySet::new(), own: BTreeMap::new() };
        for (name, text) in BUILT_IN {
            policies.add(name, text)?;
        }
        for (name, text) in folder.map(own).transpose()?.unwrap_or_default() {
            policies.add(&format!("own/{name}"), &text)?;
            policies.own.insert(name, hex(digest(&SHA256, text.as_bytes()).as_ref()));
        }
        Ok(policies)
    }

    /// The operator's files, each with the SHA-256 of its text.
    pub fn own(&self) -> &BTreeMap<String, String> {
        &self.own
    }

    /// The same with more: what a proposal would change.
    ///
    /// # Errors
    /// When it is not Cedar or breaks the schema.
    pub fn with(&self, name: &str, text: &str) -> Result<Self, PolicyError> {
        let mut policies = Self { set: self.set.clone(), own: self.own.clone() };
        policies.add(name, text)?;
        Ok(policies)
    }

    fn add(&mut self, file: &str, text: &str) -> Result<(), PolicyError> {
        let invalid = |reason: String| PolicyError::Invalid { file: file.to_owned(), reason };
        let parsed: PolicySet = text.parse().map_err(|error: cedar_policy::ParseErrors| {
            invalid(error.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
        })?;
        if parsed.templates().next().is_some() {
            return Err(invalid("templates (`?principal`) are not taken".to_owned()));
        }
        let validator = VALIDATOR.as_ref().ok_or_else(|| invalid("the schema is broken".to_owned()))?;
        let checked = validator.validate(&parsed, ValidationMode::Strict);
        if !checked.validation_passed() {
            let problems: Vec<String> = checked.validation_errors().map(ToString::to_string).collect();
            return Err(invalid(problems.join("; ")));
        }
        for policy in parsed.policies() {
            let id = format!("{file}#{}", policy.annotation("id").unwrap_or(policy.id().as_ref()));
            let policy: Policy = policy.new_id(PolicyId::new(&id));
            self.set.add(policy).map_err(|_| invalid(format!("@id: `{id}` stands twice")))?;
        }
        Ok(())
    }

    /// Decides. `roles` are those that would be given or taken.
    pub fn decide(
        &self,
        principal: &Principal<'_>,
        action: Action,
        resource: &Resource<'_>,
        roles: &[String],
    ) -> Decided {
        match self.asked(principal, action, resource, roles) {
            Ok(decided) => decided,
            Err(error) => Decided { is_allowed: false, policies: Vec::new(), errors: vec![error] },
        }
    }

    fn asked(
        &self,
        principal: &Principal<'_>,
        action: Action,
        resource: &Resource<'_>,
        roles: &[String],
    ) -> Result<Decided, String> {
        let schema = VALIDATOR.as_ref().ok_or("the schema is broken")?.schema();
        let who = uid(principal.kind, principal.id)?;
        let what = uid(resource.kind.name(), resource.id)?;
        let request = Request::new(
            who.clone(),
            uid("Action", action.name())?,
            what.clone(),
            context(action, roles)?,
            Some(schema),
        )
        .map_err(|error| error.to_string())?;
        let mut entities = vec![principal_entity(principal, who.clone())?];
        // Whoever acts on themselves stands there once.
        if who != what {
            entities.push(resource_entity(resource, what)?);
        }
        let entities = Entities::from_entities(entities, Some(schema)).map_err(|error| error.to_string())?;
        let response = Authorizer::new().is_authorized(&request, &self.set, &entities);
        let errors: Vec<String> = response.diagnostics().errors().map(ToString::to_string).collect();
        let mut policies: Vec<String> = response.diagnostics().reason().map(ToString::to_string).collect();
        policies.sort_unstable();
        // A policy that failed may have been the one that forbids.
        let is_allowed = response.decision() == Decision::Allow && errors.is_empty();
        Ok(Decided { is_allowed, policies, errors })
    }
}

fn context(action: Action, roles: &[String]) -> Result<Context, String> {
    if !matches!(action, Action::UserInvite | Action::RoleGrant | Action::RoleRevoke) {
        return Ok(Context::empty());
    }
    let roles = RestrictedExpression::new_set(roles.iter().cloned().map(RestrictedExpression::new_string));
    Context::from_pairs([("roles".to_owned(), roles)]).map_err(|error| error.to_string())
}

fn principal_entity(principal: &Principal<'_>, id: EntityUid) -> Result<Entity, String> {
    let mut attributes = HashMap::from([("tenant".to_owned(), tenant(principal.tenant)?)]);
    if principal.kind == "App" {
        attributes.insert("owner".to_owned(), RestrictedExpression::new_string(principal.owner.to_owned()));
    }
    let roles = principal.roles.iter().map(|role| uid("Role", role)).collect::<Result<HashSet<_>, _>>()?;
    Entity::new(id, attributes, roles).map_err(|error| error.to_string())
}

fn resource_entity(resource: &Resource<'_>, id: EntityUid) -> Result<Entity, String> {
    let mut attributes = HashMap::from([("tenant".to_owned(), tenant(resource.tenant)?)]);
    let text = |text: &str| RestrictedExpression::new_string(text.to_owned());
    match resource.kind.name() {
        "Model" | "Route" | "Policy" => attributes.insert("id".to_owned(), text(resource.id)),
        "Key" | "Session" => attributes.insert("owner".to_owned(), text(resource.owner)),
        _ => None,
    };
    Entity::new(id, attributes, HashSet::new()).map_err(|error| error.to_string())
}

fn tenant(id: &str) -> Result<RestrictedExpression, String> {
    Ok(RestrictedExpression::new_entity_uid(uid("Tenant", id)?))
}

fn uid(kind: &str, id: &str) -> Result<EntityUid, String> {
    let kind: EntityTypeName = kind.parse().map_err(|_| format!("`{kind}` is no type"))?;
    Ok(EntityUid::from_type_name_and_id(kind, EntityId::new(id)))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The `*.cedar` files of a folder by name, in its order.
fn own(folder: &Path) -> Result<BTreeMap<String, String>, PolicyError> {
    let read = |path: &Path, source| PolicyError::Read { path: path.to_owned(), source };
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).map_err(|error| read(folder, error))? {
        let path = entry.map_err(|error| read(folder, error))?.path();
        if path.extension().is_some_and(|extension| extension == "cedar") {
            let text = std::fs::read_to_string(&path).map_err(|error| read(&path, error))?;
            found.insert(path.file_name().unwrap_or_default().to_string_lossy().into_owned(), text);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_policies_hold_and_the_schema_names_every_action() {
        let policies = Policies::load(None).unwrap_or_else(|error| panic!("{error}"));
        assert!(policies.set.num_of_policies() >= BUILT_IN.len());
        let (schema, _) = Schema::from_cedarschema_str(SCHEMA).unwrap();
        let mut named: Vec<String> = schema.actions().map(|action| action.id().unescaped().to_owned()).collect();
        named.sort_unstable();
        let mut known: Vec<&str> = Action::ALL.iter().map(|action| action.name()).collect();
        known.sort_unstable();
        assert_eq!(named, known);
    }

    #[test]
    fn v8_4_1_no_role_and_no_permit_reaches_into_another_tenant() {
        let policies = Policies::load(None).unwrap().with("own/all", "permit (principal, action, resource);").unwrap();
        for (role, action) in
            crate::auth::user::ROLES.iter().flat_map(|role| Action::ALL.iter().map(move |a| (role, a)))
        {
            let roles = [(*role).to_owned()];
            let resource = |tenant| Resource::new(action.kind(), "any", tenant);
            for kind in ["User", "Service", "App"] {
                let principal = Principal { kind, id: "a", tenant: "one", owner: "usr_a", roles: &roles };
                let own = policies.decide(&principal, *action, &resource("one"), &[]);
                assert!(own.is_allowed && own.errors.is_empty(), "{role} {action}: {own:?}");
                let other = policies.decide(&principal, *action, &resource("two"), &[]);
                assert_eq!((other.is_allowed, other.policies), (false, vec!["base#tenant-isolation".to_owned()]));
            }
        }
    }

    #[test]
    fn a_role_name_is_data_and_never_policy_text() {
        let policies = Policies::load(None).unwrap();
        let roles = [r#"user" || true || principal in Role::"owner"#.to_owned()];
        let principal = Principal { kind: "User", id: "usr_a", tenant: "t", owner: "", roles: &roles };
        let resource = Resource::new(super::super::Kind::Audit, "log", "t");
        assert!(!policies.decide(&principal, Action::AuditRead, &resource, &[]).is_allowed);
    }
}
