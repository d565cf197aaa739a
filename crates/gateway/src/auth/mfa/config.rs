//! Settings of second factors.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::passkey::{host, is_domain, is_within};
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
    /// How many steps of 30 s before and after now a code of an authenticator app is taken too, since clocks differ: 0 or
    /// 1. With 0 a code is good for its own 30 s only (ASVS V6.5.5).
    pub totp_drift_steps: u8,
    /// Roles that are let in with a passkey only, which cannot be phished; codes and recovery codes do not count for them.
    /// Who has none yet may log in as before for `enrolment_grace_s`, from the first login on, to add one.
    pub passkey_required_for: Vec<String>,
    /// The site that passkeys are for: the host of `auth.public_url`, or a domain above it. Passkeys of another one end with a
    /// change.
    pub passkey_rp_id: Option<String>,
    /// Other pages than those at `auth.public_url` that passkeys may be used on (`https://console.example.com`), on hosts of
    /// the same site. Their own server passes questions and answers on: a browser's request from there is refused here.
    pub passkey_origins: Vec<String>,
}

impl Default for MfaConfig {
    fn default() -> Self {
        Self {
            required_roles: ["owner", "admin", "auditor"].map(str::to_owned).to_vec(),
            enrolment_grace_s: 3 * 86_400,
            fresh_s: 600,
            totp_drift_steps: 1,
            passkey_required_for: Vec::new(),
            passkey_rp_id: None,
            passkey_origins: Vec::new(),
        }
    }
}

impl MfaConfig {
    /// One sentence for every broken rule, naming the field.
    pub fn problems(&self, public_url: Option<&str>) -> Vec<String> {
        let mut problems = self.passkey_problems(public_url);
        for (field, roles) in
            [("required_roles", &self.required_roles), ("passkey_required_for", &self.passkey_required_for)]
        {
            for role in roles.iter().filter(|role| !ROLES.contains(&role.as_str())) {
                problems.push(format!("{field}: `{role}` is none of {}", ROLES.join(", ")));
            }
        }
        if !(0..=30 * 86_400).contains(&self.enrolment_grace_s) {
            problems.push(format!("enrolment_grace_s: must be at most 30 days, but is {}", self.enrolment_grace_s));
        }
        if !(60..=3_600).contains(&self.fresh_s) {
            problems.push(format!("fresh_s: must be between 60 and 3600, but is {}", self.fresh_s));
        }
        if self.totp_drift_steps > 1 {
            problems.push(format!("totp_drift_steps: must be 0 or 1, but is {}", self.totp_drift_steps));
        }
        problems
    }

    fn passkey_problems(&self, public_url: Option<&str>) -> Vec<String> {
        let mut problems = Vec::new();
        let own = public_url.and_then(host).filter(|host| is_domain(host));
        let Some(own) = own else {
            if !self.passkey_required_for.is_empty() || self.passkey_rp_id.is_some() || !self.passkey_origins.is_empty()
            {
                problems.push("passkey_…: passkeys need `auth.public_url` with a host name in lower case".to_owned());
            }
            return problems;
        };
        let site = self.passkey_rp_id.as_deref().unwrap_or(own);
        let is_site = is_domain(site) && is_within(own, site) && (site.contains('.') || site == own);
        if !is_site {
            problems.push(format!("passkey_rp_id: must be `{own}` or a domain above it, but is `{site}`"));
        }
        for origin in &self.passkey_origins {
            if !crate::auth::config::is_origin(origin) || !host(origin).is_some_and(|host| is_within(host, site)) {
                problems.push(format!("passkey_origins: `{origin}` must be `https://` and a host of `{site}`"));
            }
        }
        problems
    }

    /// Whether one of these roles asks for a second factor.
    pub(super) fn requires(&self, roles: &[String]) -> bool {
        self.requires_passkey(roles) || roles.iter().any(|role| self.required_roles.contains(role))
    }

    /// Whether one of these roles asks for a passkey.
    pub(super) fn requires_passkey(&self, roles: &[String]) -> bool {
        roles.iter().any(|role| self.passkey_required_for.contains(role))
    }
}
