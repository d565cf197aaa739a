//! Settings of provisioning.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::auth::user::ROLES;

const OWNER: &str = "owner";

/// Users and groups from an identity provider (SCIM 2.0). Nobody gets in before `portcullis scim token create` made a
/// token.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ScimConfig {
    /// Whether who is created gets an invitation by mail. Without it they log in by an outside identity provider, or after
    /// `portcullis user invite`.
    pub invite: bool,
    /// Roles that the members of a group have.
    pub roles: Vec<RoleOfGroup>,
    /// Whether a group may make owners: then whoever names the members of that group owns the tenant.
    pub danger_owner: bool,
}

/// The role of a group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleOfGroup {
    /// The name of the group, exactly.
    pub group: String,
    /// The role of its members.
    pub role: String,
}

impl ScimConfig {
    /// The roles of somebody in these groups.
    pub(super) fn roles_of(&self, groups: &[String]) -> Vec<String> {
        let mut roles: Vec<String> = Vec::new();
        for mapped in self.roles.iter().filter(|mapped| groups.contains(&mapped.group)) {
            if !roles.contains(&mapped.role) {
                roles.push(mapped.role.clone());
            }
        }
        roles
    }

    /// Whether groups could have given all of these: then their holder is the identity provider's to change.
    pub(super) fn could_give(&self, roles: &[String]) -> bool {
        roles.iter().all(|role| role == super::BASE_ROLE || self.roles.iter().any(|mapped| mapped.role == *role))
    }

    /// One sentence for every broken rule, naming the field.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        for (index, mapped) in self.roles.iter().enumerate() {
            if !ROLES.contains(&mapped.role.as_str()) {
                let known = ROLES.join(", ");
                problems.push(format!("roles[{index}].role: `{}` is none of {known}", mapped.role));
            }
            if mapped.role == OWNER && !self.danger_owner {
                problems.push(format!("roles[{index}].role: `owner` needs scim.danger_owner = true"));
            }
            if mapped.group.trim().is_empty() {
                problems.push(format!("roles[{index}].group: must not be empty"));
            }
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mapped(role: &str, danger_owner: bool) -> ScimConfig {
        let roles = vec![RoleOfGroup { group: "Admins".to_owned(), role: role.to_owned() }];
        ScimConfig { roles, danger_owner, ..ScimConfig::default() }
    }

    #[test]
    fn no_group_makes_owners_unless_it_is_said_twice() {
        assert!(mapped("admin", false).problems().is_empty());
        assert!(mapped("root", false).problems()[0].contains("roles[0].role"));
        assert!(mapped("owner", false).problems()[0].contains("danger_owner"));
        assert!(mapped("owner", true).problems().is_empty());
    }
}
