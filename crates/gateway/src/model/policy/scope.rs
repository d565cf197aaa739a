//! Whom a policy applies to.
//!
//! Roles are those that the access decision knows, never what a request says of itself: no header, field or model name can
//! claim one.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::select::names;
use crate::data::access::ROLES;

/// Whom a policy applies to. Lists that are given must all agree.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Scope {
    /// Names of API keys.
    pub keys: Vec<String>,
    /// Apps that keys belong to.
    pub apps: Vec<String>,
    /// Roles, of which whoever asks has at least one: a person's own, of a key its owner's. A key that the command line
    /// made without an owner has none.
    pub roles: Vec<String>,
    /// Models as clients name them. A `*` at the end stands for any rest.
    pub models: Vec<String>,
    /// Routes (`/v1/chat/completions`).
    pub routes: Vec<String>,
}

/// Who asks for what: what a [`Scope`] is compared with.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The API key's name.
    pub key: &'a str,
    /// The app that the key belongs to.
    pub app: Option<&'a str>,
    /// The roles of whoever asks.
    pub roles: &'a [String],
    /// The model as the client names it.
    pub model: &'a str,
    /// The route.
    pub route: &'a str,
}

impl Scope {
    /// Whether it covers what is asked.
    pub(super) fn covers(&self, asked: Asked<'_>) -> bool {
        let any = |list: &[String], value: &str| list.is_empty() || list.iter().any(|item| item == value);
        any(&self.keys, asked.key)
            && any(&self.routes, asked.route)
            && (self.apps.is_empty() || asked.app.is_some_and(|app| any(&self.apps, app)))
            && (self.roles.is_empty() || self.roles.iter().any(|role| asked.roles.contains(role)))
            && (self.models.is_empty() || self.models.iter().any(|pattern| names(pattern, asked.model)))
    }

    /// One sentence for every role that nobody can have.
    pub(super) fn problems(&self) -> impl Iterator<Item = String> {
        let unknown = self.roles.iter().filter(|role| !ROLES.contains(&role.as_str()));
        unknown.map(|role| format!("scope.roles: `{role}` is none of {}", ROLES.join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(scope: &Scope, roles: &[&str], expected: bool) {
        let roles: Vec<String> = roles.iter().map(ToString::to_string).collect();
        let asked = Asked { key: "k", app: Some("shop"), roles: &roles, model: "gpt-5", route: "/v1/messages" };
        assert_eq!(scope.covers(asked), expected, "{scope:?} {roles:?}");
    }

    #[test]
    fn an_empty_scope_covers_everybody() {
        check(&Scope::default(), &[], true);
        check(&Scope { models: vec!["gpt*".into()], ..Scope::default() }, &[], true);
        check(&Scope { models: vec!["claude*".into()], ..Scope::default() }, &[], false);
        check(&Scope { apps: vec!["bank".into()], ..Scope::default() }, &[], false);
        check(&Scope { keys: vec!["k".into()], apps: vec!["shop".into()], ..Scope::default() }, &[], true);
    }

    #[test]
    fn one_role_of_the_list_is_enough_and_no_role_is_not() {
        let scope = Scope { roles: vec!["analyst".into(), "auditor".into()], ..Scope::default() };
        check(&scope, &["user", "auditor"], true);
        check(&scope, &["user"], false);
        check(&scope, &[], false);
        check(&Scope { apps: vec!["bank".into()], ..scope }, &["auditor"], false);
    }

    #[test]
    fn a_role_that_does_not_exist_is_named() {
        let scope = Scope { roles: vec!["user".into(), "boss".into()], ..Scope::default() };
        let problems: Vec<String> = scope.problems().collect();
        assert!(problems.len() == 1 && problems[0].starts_with("scope.roles: `boss` is none of owner"), "{problems:?}");
    }
}
