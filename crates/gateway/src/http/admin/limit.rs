//! Limits: what they are, where their counters stand, and forgetting what somebody used.

use serde::{Deserialize, Serialize};

use super::{AdminError, Answer, json};
use crate::api::limit::{CounterInfo, LimitInfo};
use crate::app::App;
use crate::auth::Identity;

/// Counters of a limit.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct Counters {
    /// The limit.
    limit: LimitInfo,
    /// Its counters, the one with most in it first; 1000 at most.
    counters: Vec<CounterInfo>,
}

/// A counter to reset.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Reset {
    /// Whose it is, as the list names it.
    counter: String,
}

/// All limits, in the order of the configuration.
#[utoipa::path(get, path = "/admin/v1/limits", responses((status = 200, body = [LimitInfo])), security(("key" = [])))]
pub(super) fn list(app: &App) -> Answer {
    json(&app.ledger.limits())
}

/// Where the counters of a limit stand; `?counter=` names one.
#[utoipa::path(get, path = "/admin/v1/limits/{name}",
    params(("name" = String, Path), ("counter" = Option<String>, Query)),
    responses((status = 200, body = Counters), (status = 404)), security(("key" = [])))]
pub(super) fn show(app: &App, name: &str, query: Option<&str>) -> Answer {
    let missing = || AdminError::Missing(format!("there is no limit `{}`", name.chars().take(64).collect::<String>()));
    let limit = app.ledger.limits().into_iter().find(|limit| limit.name == name).ok_or_else(missing)?;
    let mut counters = app.ledger.counters(name).ok_or_else(missing)?;
    let mut pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    if let Some((_, wanted)) = pairs.find(|(key, _)| key == "counter") {
        counters.retain(|counter| counter.counter == wanted);
    }
    json(&Counters { limit, counters })
}

/// Forgets what was used of a counter. What requests under way hold stays held.
#[utoipa::path(post, path = "/admin/v1/limits/{name}/reset", params(("name" = String, Path)), request_body = Reset,
    responses((status = 200), (status = 404)), security(("key" = [])))]
pub(super) async fn reset(app: &App, identity: &Identity, name: &str, Reset { counter }: Reset) -> Answer {
    app.ledger.reset(app.db(), (name, &counter), &identity.actor).await?;
    json(&serde_json::json!({ "limit": name, "reset": counter }))
}
