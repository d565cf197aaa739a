//! Policies over JSON: the same objects as in the configuration.

use std::sync::Arc;

use http::header::IF_MATCH;
use http::{HeaderMap, Response};
use serde::{Deserialize, Serialize};

use super::{AdminError, Answer, json};
use crate::app::{App, StartError, Writer};
use crate::auth::Identity;
use crate::http::body::Body;
use crate::model::policy::config::{PolicyConfig, Stage};
use crate::model::policy::store::PolicyStoreError;
use crate::model::policy::{Policy, problems, revision};
use crate::proxy::evaluate::{Evaluation, Evaluator};

/// A policy in force.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct InForce {
    /// Changes with the policy and with the rule catalogue.
    version: String,
    /// The newest revision of its name, to be sent back as `If-Match`; 0 when nothing was ever stored under it.
    revision: i64,
    /// The policy.
    policy: PolicyConfig,
}

/// One text to look at.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Question {
    /// The text.
    text: String,
    /// Where it stands.
    #[serde(default = "input")]
    stage: Stage,
    /// The policy to ask; the first one when left out.
    #[serde(default)]
    policy: Option<String>,
}

fn input() -> Stage {
    Stage::Input
}

async fn in_force(app: &App, policy: &Arc<Policy>) -> Result<InForce, AdminError> {
    let revision = revision::newest(app.db(), &policy.config.name).await?;
    Ok(InForce { version: policy.version.clone(), revision, policy: policy.config.clone() })
}

/// All policies, in the order in which they are asked.
#[utoipa::path(get, path = "/admin/v1/policies", responses((status = 200, body = [InForce])), security(("key" = [])))]
pub(super) async fn list(app: &App) -> Answer {
    let live = app.live();
    let mut policies = Vec::new();
    for policy in live.policies.iter() {
        policies.push(in_force(app, policy).await?);
    }
    json(&policies)
}

/// One policy.
#[utoipa::path(get, path = "/admin/v1/policies/{name}", params(("name" = String, Path)),
    responses((status = 200, body = InForce), (status = 404)), security(("key" = [])))]
pub(super) async fn show(app: &App, name: &str) -> Answer {
    let live = app.live();
    let policy = live.policies.iter().find(|policy| policy.config.name == name);
    json(&in_force(app, policy.ok_or_else(|| missing(name))?).await?)
}

/// Stores a policy. It takes effect before the answer comes, or not at all. With `If-Match: "3"`, only when revision 3 is still
/// the newest.
#[utoipa::path(put, path = "/admin/v1/policies/{name}",
    params(("name" = String, Path), ("If-Match" = Option<String>, Header)), request_body = PolicyConfig,
    responses((status = 200, body = InForce), (status = 400), (status = 412)), security(("key" = [])))]
pub(super) async fn put(
    app: &App,
    identity: &Identity,
    (name, saw): (&str, Option<i64>),
    policy: PolicyConfig,
) -> Answer {
    if policy.name != name {
        return Err(AdminError::Invalid(format!("name: is `{}`, but the address says `{name}`", policy.name)));
    }
    let problems = problems(&policy);
    if !problems.is_empty() {
        return Err(AdminError::Invalid(problems.join("; ")));
    }
    let writer = Writer { actor: &identity.actor, restores: None, saw };
    app.store_policy(policy, writer).await.map_err(refused)?;
    show(app, name).await
}

/// The revision that a writer saw.
pub(super) fn saw(headers: &HeaderMap) -> Result<Option<i64>, AdminError> {
    let Some(value) = headers.get(IF_MATCH) else { return Ok(None) };
    let number = value.to_str().ok().and_then(|text| text.trim().trim_matches('"').parse().ok());
    number.map(Some).ok_or_else(|| AdminError::Invalid("If-Match: must be the number of a revision".to_owned()))
}

/// Why a policy was not stored.
pub(super) fn refused(error: StartError) -> AdminError {
    match error {
        StartError::Policies(outdated @ PolicyStoreError::Outdated { .. }) => {
            AdminError::Outdated(outdated.to_string())
        }
        other => other.into(),
    }
}

/// Removes a stored policy. One of the configuration file cannot be removed here.
#[utoipa::path(delete, path = "/admin/v1/policies/{name}", params(("name" = String, Path)),
    responses((status = 200), (status = 404)), security(("key" = [])))]
pub(super) async fn delete(app: &App, identity: &Identity, name: &str) -> Answer {
    if !app.remove_policy(name, &identity.actor).await? {
        return Err(AdminError::Missing(format!("there is no stored policy `{name}`")));
    }
    json(&serde_json::json!({ "removed": name }))
}

/// Reads the configuration file and the stored policies again, all or nothing.
#[utoipa::path(post, path = "/admin/v1/reload", responses((status = 200), (status = 400)), security(("key" = [])))]
pub(super) async fn reload(app: &App, identity: &Identity) -> Result<Response<Body>, AdminError> {
    app.reload(&identity.actor).await?;
    json(&serde_json::json!({ "reloaded": true }))
}

/// Looks at one text, as `portcullis check` does.
#[utoipa::path(post, path = "/admin/v1/evaluate", request_body = Question,
    responses((status = 200, body = Evaluation), (status = 400)), security(("key" = [])))]
pub(super) async fn evaluate(app: &App, question: Question) -> Answer {
    let live = app.live();
    let evaluator = Evaluator::among(&live.policies, question.policy.as_deref(), live.model.clone())
        .map_err(|error| AdminError::Invalid(error.to_string()))?
        .with_transformer(live.transformer.clone());
    let evaluate = move || evaluator.evaluate(&question.text, question.stage);
    if live.transformer.is_none() {
        return json(&evaluate());
    }
    let evaluated = tokio::task::spawn_blocking(evaluate).await;
    json(&evaluated.map_err(|_| AdminError::Invalid("the text could not be judged".to_owned()))?)
}

fn missing(name: &str) -> AdminError {
    AdminError::Missing(format!("there is no policy `{name}`"))
}
