//! Policies over JSON: the same objects as in the configuration.

use std::sync::Arc;

use http::Response;
use serde::{Deserialize, Serialize};

use super::{AdminError, Answer, json};
use crate::app::App;
use crate::auth::Identity;
use crate::http::body::Body;
use crate::model::policy::config::{PolicyConfig, Stage};
use crate::model::policy::{Policy, problems};
use crate::proxy::evaluate::{Evaluation, Evaluator};

/// A policy in force.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct InForce {
    /// Changes with the policy and with the rule catalogue.
    version: String,
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

fn in_force(policy: &Arc<Policy>) -> InForce {
    InForce { version: policy.version.clone(), policy: policy.config.clone() }
}

/// All policies, in the order in which they are asked.
#[utoipa::path(get, path = "/admin/v1/policies", responses((status = 200, body = [InForce])), security(("key" = [])))]
pub(super) fn list(app: &App) -> Answer {
    let live = app.live();
    json(&live.policies.iter().map(in_force).collect::<Vec<_>>())
}

/// One policy.
#[utoipa::path(get, path = "/admin/v1/policies/{name}", params(("name" = String, Path)),
    responses((status = 200, body = InForce), (status = 404)), security(("key" = [])))]
pub(super) fn show(app: &App, name: &str) -> Answer {
    let live = app.live();
    let policy = live.policies.iter().find(|policy| policy.config.name == name);
    json(&in_force(policy.ok_or_else(|| missing(name))?))
}

/// Stores a policy. It takes effect before the answer comes, or not at all.
#[utoipa::path(put, path = "/admin/v1/policies/{name}", params(("name" = String, Path)), request_body = PolicyConfig,
    responses((status = 200, body = InForce), (status = 400)), security(("key" = [])))]
pub(super) async fn put(app: &App, identity: &Identity, name: &str, policy: PolicyConfig) -> Answer {
    if policy.name != name {
        return Err(AdminError::Invalid(format!("name: is `{}`, but the address says `{name}`", policy.name)));
    }
    let problems = problems(&policy);
    if !problems.is_empty() {
        return Err(AdminError::Invalid(problems.join("; ")));
    }
    app.store_policy(policy, &identity.actor, None).await?;
    show(app, name)
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
