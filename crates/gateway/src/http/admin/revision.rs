//! The history of stored policies, and going back in it.

use serde::Deserialize;

use super::{AdminError, Answer, json};
use crate::app::{App, Writer};
use crate::auth::Identity;
use crate::model::policy::config::PolicyConfig;
use crate::model::policy::problems;
use crate::model::policy::revision::{self, Revision};

/// Where to go back to.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Back {
    /// The number of the revision; what stood before the newest change when left out.
    to: Option<i64>,
}

/// The revisions of a stored policy, newest first, of a removed one too: the newest hundred. `?number=` names one, which comes
/// with what was stored.
#[utoipa::path(get, path = "/admin/v1/policies/{name}/revisions",
    params(("name" = String, Path), ("number" = Option<i64>, Query)),
    responses((status = 200, body = [Revision]), (status = 400), (status = 404)), security(("key" = [])))]
pub(super) async fn list(app: &App, name: &str, query: Option<&str>) -> Answer {
    let mut pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    let Some((_, number)) = pairs.find(|(key, _)| key == "number") else {
        let revisions = revision::list(app.db(), name).await?;
        return if revisions.is_empty() { Err(missing(name)) } else { json(&revisions) };
    };
    let number = number.parse().map_err(|_| AdminError::Invalid("number: must be a number".to_owned()))?;
    json(&[find(app, name, number).await?])
}

/// Stores an earlier revision again, as a new one: it is checked, recorded and in force as if it were sent.
#[utoipa::path(post, path = "/admin/v1/policies/{name}/rollback", params(("name" = String, Path)), request_body = Back,
    responses((status = 200, body = super::policy::InForce), (status = 400), (status = 404), (status = 412)), security(("key" = [])))]
pub(super) async fn go_back(app: &App, identity: &Identity, name: &str, Back { to }: Back) -> Answer {
    let (number, saw) = match to {
        Some(number) => (number, None),
        None => {
            let revisions = revision::list(app.db(), name).await?;
            let newest = revisions.first().ok_or_else(|| missing(name))?;
            (newest.before(), Some(newest.number))
        }
    };
    if number == 0 {
        return Err(AdminError::Invalid(format!("to: nothing stands before the first revision of `{name}`")));
    }
    let revision = find(app, name, number).await?;
    let Some(policy) = revision.policy else {
        return Err(AdminError::Invalid(format!(
            "to: revision {number} removed `{name}`: name another one, or remove the policy"
        )));
    };
    let policy: PolicyConfig = serde_json::from_value(policy).map_err(|error| {
        AdminError::Invalid(format!("revision {number} of `{name}` cannot be read any more: {error}"))
    })?;
    let problems = problems(&policy);
    if !problems.is_empty() {
        let problems = problems.join("; ");
        return Err(AdminError::Invalid(format!("revision {number} of `{name}` does not hold any more: {problems}")));
    }
    let writer = Writer { actor: &identity.actor, restores: Some(number), saw };
    app.store_policy(policy, writer).await.map_err(super::policy::refused)?;
    super::policy::show(app, name).await
}

async fn find(app: &App, name: &str, number: i64) -> Result<Revision, AdminError> {
    let found = revision::find(app.db(), name, number).await?;
    found.ok_or_else(|| AdminError::Missing(format!("there is no revision {number} of the policy `{}`", short(name))))
}

fn missing(name: &str) -> AdminError {
    AdminError::Missing(format!("the policy `{}` was never stored over the admin API", short(name)))
}

fn short(name: &str) -> String {
    name.chars().take(128).collect()
}
