//! What a provider says of a person, and what follows from it here: address, name, roles, team, factors.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::config::OutsideConfig;
use super::error::Refused;

const NAME_CHARS_MAX: usize = 128;

/// What a provider says of a person, its signature and origin checked.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) subject: String,
    pub(super) auth_time: Option<i64>,
    pub(super) claims: Map<String, Value>,
}

impl Said {
    /// Whether something is missing that the user info may say.
    pub(super) fn lacks_something(&self, config: &OutsideConfig) -> bool {
        let needs_address = config.trust_email && !(self.has("email") && self.has("email_verified"));
        let needs_name = config.create && !self.has("name");
        let rules = config.roles.iter().map(|rule| &rule.claim).chain(config.teams.iter().map(|rule| &rule.claim));
        needs_address || needs_name || rules.into_iter().any(|claim| found(&self.claims, claim).is_none())
    }

    fn has(&self, name: &str) -> bool {
        self.claims.get(name).is_some_and(|value| !value.is_null())
    }

    /// The address, when it is the person's own on the word of a provider that is trusted for it.
    pub(super) fn address(&self, config: &OutsideConfig) -> Option<&str> {
        // Some providers write the boolean as a text.
        let is_verified = matches!(self.claims.get("email_verified"), Some(Value::Bool(true)))
            || self.claims.get("email_verified").is_some_and(|value| value == "true");
        let address = self.claims.get("email").and_then(Value::as_str);
        address.filter(|_| config.trust_email && is_verified)
    }

    /// Refuses addresses of domains that are not let in.
    pub(super) fn check_domain(&self, config: &OutsideConfig) -> Result<(), Refused> {
        if config.email_domains.is_empty() {
            return Ok(());
        }
        let domain = self.address(config).and_then(|address| address.trim().rsplit_once('@')).map(|(_, domain)| domain);
        let is_let_in =
            domain.is_some_and(|domain| config.email_domains.iter().any(|own| own.eq_ignore_ascii_case(domain)));
        if is_let_in { Ok(()) } else { Err(Refused::Domain) }
    }

    /// What to call the person.
    pub(super) fn name(&self, config: &OutsideConfig) -> String {
        let text = |name: &str| self.claims.get(name).and_then(Value::as_str).map(one_line);
        let name = ["name", "preferred_username"].into_iter().filter_map(text).find(|name| !name.is_empty());
        name.unwrap_or_else(|| format!("Somebody of {}", config.label()))
    }

    /// Roles after this login: those that the claims give, and of those before what no rule is about.
    pub(super) fn roles(&self, config: &OutsideConfig, before: &[String]) -> Vec<String> {
        let covered: BTreeSet<&str> = config.roles.iter().map(|rule| rule.role.as_str()).collect();
        let fitting = config.roles.iter().filter(|rule| says(&self.claims, &rule.claim, &rule.value));
        let mut roles: Vec<String> = before.iter().filter(|role| !covered.contains(role.as_str())).cloned().collect();
        for rule in fitting {
            if !roles.contains(&rule.role) {
                roles.push(rule.role.clone());
            }
        }
        roles
    }

    /// The name of the team that the claims put the person in.
    pub(super) fn team<'c>(&self, config: &'c OutsideConfig) -> Option<&'c str> {
        let mut fitting = config.teams.iter().filter(|rule| says(&self.claims, &rule.claim, &rule.value));
        fitting.next().map(|rule| rule.team.as_str())
    }

    /// Whether the person showed two factors there, on the word of a provider that is trusted for it.
    pub(super) fn has_two_factors(&self, config: &OutsideConfig) -> bool {
        let acr = self.claims.get("acr").and_then(Value::as_str);
        let by_acr = acr.is_some_and(|acr| config.mfa_acr.iter().any(|own| own == acr));
        config.trust_mfa && (by_acr || says(&self.claims, "amr", "mfa"))
    }
}

/// A claim by its whole name, or by the names on the way to it.
fn found<'c>(claims: &'c Map<String, Value>, name: &str) -> Option<&'c Value> {
    if let Some(value) = claims.get(name) {
        return Some(value);
    }
    let (first, rest) = name.split_once('.')?;
    found(claims.get(first)?.as_object()?, rest)
}

/// Whether a claim is this text, or a list with it.
fn says(claims: &Map<String, Value>, name: &str, text: &str) -> bool {
    match found(claims, name) {
        Some(Value::String(own)) => own == text,
        Some(Value::Array(all)) => all.iter().any(|own| own == text),
        _ => false,
    }
}

fn one_line(text: &str) -> String {
    let plain: String = text.chars().filter(|c| !c.is_control()).take(NAME_CHARS_MAX).collect();
    plain.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn config(more: &str) -> OutsideConfig {
        toml::from_str(&format!("name = 'corp'\nissuer = 'https://id.example'\nclient_id = 'gate'\n{more}")).unwrap()
    }

    fn said(claims: Value) -> Said {
        Said { subject: "s".into(), auth_time: None, claims: claims.as_object().unwrap().clone() }
    }

    #[test]
    fn an_address_is_believed_when_it_is_verified_by_whom_we_trust_and_never_else() {
        let (trusted, other) = (config("trust_email = true"), config(""));
        for (claims, expected) in [
            (json!({ "email": "a@b.c", "email_verified": true }), Some("a@b.c")),
            (json!({ "email": "a@b.c", "email_verified": "true" }), Some("a@b.c")),
            (json!({ "email": "a@b.c", "email_verified": false }), None),
            (json!({ "email": "a@b.c", "email_verified": 1 }), None),
            (json!({ "email": "a@b.c", "email_verified": ["true"] }), None),
            (json!({ "email": "a@b.c" }), None),
            (json!({ "email": ["a@b.c"], "email_verified": true }), None),
        ] {
            assert_eq!(said(claims.clone()).address(&trusted), expected, "{claims}");
            assert_eq!(said(claims).address(&other), None);
        }
    }

    #[test]
    fn a_domain_is_what_stands_behind_the_last_at_sign() {
        let config = config("trust_email = true\nemail_domains = ['corp.example']");
        for (email, holds) in [
            ("a@corp.example", true),
            ("a@CORP.example", true),
            ("a@evil.corp.example", false),
            ("a@corp.example.evil.example", false),
            ("a@corp.example@evil.example", false),
            ("corp.example", false),
        ] {
            let said = said(json!({ "email": email, "email_verified": true }));
            assert_eq!(said.check_domain(&config).is_ok(), holds, "{email}");
        }
    }

    #[test]
    fn roles_follow_the_claims_and_others_stay() {
        let config = config(
            "roles = [{ claim = 'groups', value = 'ops', role = 'admin' },\n\
             { claim = 'realm_access.roles', value = 'dev', role = 'developer' }]",
        );
        let before = ["user", "admin"].map(str::to_owned);
        for (claims, expected) in [
            (json!({ "groups": ["ops"] }), vec!["user", "admin"]),
            (json!({ "groups": "ops" }), vec!["user", "admin"]),
            (json!({ "groups": ["opsy", "o", 7] }), vec!["user"]),
            (json!({ "groups": { "ops": true } }), vec!["user"]),
            (json!({}), vec!["user"]),
            (json!({ "realm_access": { "roles": ["dev"] } }), vec!["user", "developer"]),
            (json!({ "realm_access.roles": ["dev"] }), vec!["user", "developer"]),
        ] {
            assert_eq!(said(claims.clone()).roles(&config, &before), expected, "{claims}");
        }
    }

    #[test]
    fn two_factors_count_on_the_word_of_whom_we_trust_for_it() {
        let trusted = config("trust_mfa = true\nmfa_acr = ['phr']");
        for (claims, expected) in [
            (json!({ "amr": ["pwd", "mfa"] }), true),
            (json!({ "acr": "phr" }), true),
            (json!({ "amr": ["pwd", "otp"] }), false),
            (json!({ "acr": "phrh" }), false),
            (json!({}), false),
        ] {
            assert_eq!(said(claims.clone()).has_two_factors(&trusted), expected, "{claims}");
            assert!(!said(claims).has_two_factors(&config("")));
        }
    }
}
