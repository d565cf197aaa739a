//! Settings of second factors.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::auth::user::ROLES;

/// Second factors. Taken over at the start, not by a reload.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct MfaConfig {
    /// Roles that are let in with a second factor only. Everybody else may have one.
    pub required_roles: Vec<String>,
    /// For how long, from the first login on, somebody in such a role may set the first factor up with the password
    /// alone. Afterwards `portcullis user factor reset` opens it again.
    pub enrolment_grace_s: i64,
    /// How long ago somebody may have logged in, or confirmed who they are, to do what is dangerous: change a password or a
    /// factor, end other sessions, change policies.
    pub fresh_s: i64,
}

impl Default for MfaConfig {
    fn default() -> Self {
        Self {
            required_roles: ["owner", "admin", "auditor"].map(str::to_owned).to_vec(),
            enrolment_grace_s: 3 * 86_400,
            fresh_s: 600,
        }
    }
}

impl MfaConfig {
    /// One sentence for every broken rule, naming the field.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        for role in self.required_roles.iter().filter(|role| !ROLES.contains(&role.as_str())) {
            problems.push(format!("required_roles: `{role}` is none of {}", ROLES.join(", ")));
        }
        if !(0..=30 * 86_400).contains(&self.enrolment_grace_s) {
            problems.push(format!("enrolment_grace_s: must be at most 30 days, but is {}", self.enrolment_grace_s));
        }
        if !(60..=3_600).contains(&self.fresh_s) {
            problems.push(format!("fresh_s: must be between 60 and 3600, but is {}", self.fresh_s));
        }
        problems
    }

    /// Whether one of these roles asks for a second factor.
    pub(super) fn requires(&self, roles: &[String]) -> bool {
        roles.iter().any(|role| self.required_roles.contains(role))
    }
}
