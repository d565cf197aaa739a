//! Settings of outside OpenID providers.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::address;
use crate::auth::user::ROLES;
use crate::infra::secrets::SecretRef;

const NAME_BYTES_MAX: usize = 32;
const RULES_MAX: usize = 200;
const TIMEOUT_MS_MAX: u64 = 5_000;

/// An OpenID provider that people log in with. Taken over at the start, not by a reload.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OutsideConfig {
    /// The name in addresses: lower-case letters, digits and `-`. The provider has to know
    /// `{auth.public_url}/auth/v1/outside/callback/{name}` as this client's redirect address.
    pub name: String,
    /// What people read on the button; without it, the name.
    #[serde(default)]
    pub label: Option<String>,
    /// The provider's `issuer`, exactly as it names itself: `https`, or `http` on loopback.
    pub issuer: String,
    /// What the provider calls this gateway.
    pub client_id: String,
    /// The secret, as a reference. Without it the gateway is a public client, and PKCE alone protects the code.
    #[serde(default)]
    pub client_secret: Option<SecretRef>,
    /// How the secret is shown to the provider.
    #[serde(default)]
    pub client_auth: ClientAuth,
    /// What is asked for. `openid` has to be among them.
    #[serde(default = "scopes")]
    pub scopes: Vec<String>,
    /// The tenant that people of this provider are of.
    #[serde(default = "tenant")]
    pub tenant: String,
    /// Whether to believe the provider that an e-mail address is a person's own when it says `email_verified`. Then an
    /// account that has proved, or was invited at, the same address is linked at the first login. Say yes only to a
    /// provider that verifies every address, such as that of your own organisation.
    #[serde(default)]
    pub trust_email: bool,
    /// Whether to believe the provider that a person showed two factors, when `amr` has `mfa` or `acr` is one of
    /// `mfa_acr`. Otherwise who has, or needs, a second factor here is asked for it.
    #[serde(default)]
    pub trust_mfa: bool,
    /// Values of `acr` that stand for two factors; with `trust_mfa`.
    #[serde(default)]
    pub mfa_acr: Vec<String>,
    /// Whether an account is made for people that are not known here.
    #[serde(default)]
    pub create: bool,
    /// The role of accounts that are made; besides, they get those of `roles`.
    #[serde(default = "role")]
    pub role: String,
    /// Domains of e-mail addresses that are let in, by an address that the provider verified; with `trust_email`. Empty:
    /// all.
    #[serde(default)]
    pub email_domains: Vec<String>,
    /// Roles by claims. A role that stands here follows the claims at each login: it is given and taken.
    #[serde(default)]
    pub roles: Vec<RoleRule>,
    /// Teams by claims: the first that fits.
    #[serde(default)]
    pub teams: Vec<TeamRule>,
    /// Whether `roles` may give the role `owner`.
    #[serde(default)]
    pub allow_owner: bool,
    /// Time for one answer of the provider, in milliseconds.
    #[serde(default = "timeout_ms")]
    pub timeout_ms: u64,
}

/// How a client shows its secret (OpenID Connect Core, 9).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuth {
    /// In the `Authorization` header.
    #[default]
    ClientSecretBasic,
    /// In the form.
    ClientSecretPost,
}

/// A role for those of whom a claim says something.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleRule {
    /// The claim: a text or a list of texts. `a.b` is the member `b` of `a`.
    pub claim: String,
    /// The text that gives the role.
    pub value: String,
    /// The role.
    pub role: String,
}

/// A team for those of whom a claim says something.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TeamRule {
    /// The claim: a text or a list of texts. `a.b` is the member `b` of `a`.
    pub claim: String,
    /// The text that puts into the team.
    pub value: String,
    /// The name of the team.
    pub team: String,
}

impl OutsideConfig {
    /// What people read.
    pub fn label(&self) -> &str {
        self.label.as_deref().unwrap_or(&self.name)
    }

    /// One sentence for every broken rule, beginning with the field.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let mut demand = |holds: bool, problem: &str| {
            if !holds {
                problems.push(problem.to_owned());
            }
        };
        demand(is_slug(&self.name), "name: must be 1 to 32 lower-case letters, digits or `-`");
        let label = self.label();
        demand(
            (1..=64).contains(&label.chars().count()) && !label.chars().any(char::is_control),
            "label: must have 1 to 64 characters, none of them a control",
        );
        demand(
            address::is_issuer(&self.issuer),
            "issuer: must be an `https` address (`http` on loopback only) without `?`, `#` and credentials",
        );
        demand((1..=512).contains(&self.client_id.len()), "client_id: must have 1 to 512 bytes");
        demand(self.scopes.iter().any(|scope| scope == "openid"), "scopes: must have `openid` among them");
        demand(
            self.scopes.iter().all(|scope| !scope.is_empty() && scope.bytes().all(|b| b.is_ascii_graphic())),
            "scopes: must be words without spaces",
        );
        demand(!self.tenant.is_empty(), "tenant: must not be empty");
        demand(
            self.email_domains.is_empty() || self.trust_email,
            "email_domains: needs `trust_email = true`, since it believes the provider about addresses",
        );
        demand(self.mfa_acr.is_empty() || self.trust_mfa, "mfa_acr: needs `trust_mfa = true`");
        demand((100..=TIMEOUT_MS_MAX).contains(&self.timeout_ms), "timeout_ms: must be between 100 and 5000");
        demand(self.roles.len() <= RULES_MAX && self.teams.len() <= RULES_MAX, "roles, teams: at most 200 each");
        self.rule_problems(&mut problems);
        problems
    }

    fn rule_problems(&self, problems: &mut Vec<String>) {
        let named = std::iter::once(("role".to_owned(), &self.role));
        let rules = self.roles.iter().enumerate().map(|(at, rule)| (format!("roles[{at}].role"), &rule.role));
        for (field, role) in named.chain(rules) {
            if !ROLES.contains(&role.as_str()) {
                problems.push(format!("{field}: `{role}` is none of {}", ROLES.join(", ")));
            }
            if role == "owner" && !(self.allow_owner && field != "role") {
                problems.push(format!("{field}: `owner` is given by `roles` only, and only with `allow_owner = true`"));
            }
        }
        let roles = self.roles.iter().enumerate().map(|(at, rule)| ("roles", at, &rule.claim, &rule.value));
        let teams = self.teams.iter().enumerate().map(|(at, rule)| ("teams", at, &rule.claim, &rule.value));
        for (list, at, claim, value) in roles.chain(teams) {
            if claim.is_empty() || value.is_empty() {
                problems.push(format!("{list}[{at}]: `claim` and `value` must not be empty"));
            }
        }
        for domain in self.email_domains.iter().filter(|domain| domain.is_empty() || domain.contains(['@', '*', ' '])) {
            problems.push(format!("email_domains: `{domain}` must be a domain such as `example.com`"));
        }
    }
}

/// One sentence for every broken rule of all of them.
pub fn problems(all: &[OutsideConfig], public_url: Option<&str>) -> Vec<String> {
    let mut problems = Vec::new();
    let mut names = BTreeSet::new();
    for (index, one) in all.iter().enumerate() {
        problems.extend(one.problems().into_iter().map(|problem| format!("outside[{index}].{problem}")));
        if !names.insert(one.name.as_str()) {
            problems.push(format!("outside[{index}].name: `{}` stands twice", one.name));
        }
    }
    if !all.is_empty() && public_url.is_none() {
        problems.push("outside: needs `auth.public_url`, where providers send people back to".to_owned());
    }
    problems
}

fn is_slug(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=NAME_BYTES_MAX).contains(&name.len()) && name.bytes().all(is_plain)
}

fn scopes() -> Vec<String> {
    ["openid", "profile", "email"].map(str::to_owned).to_vec()
}

fn tenant() -> String {
    crate::event::DEFAULT_TENANT.to_owned()
}

fn role() -> String {
    "user".to_owned()
}

fn timeout_ms() -> u64 {
    TIMEOUT_MS_MAX
}
