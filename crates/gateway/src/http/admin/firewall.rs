//! The packet filter: the gateway does not load it, and writes down who does.

use serde::Deserialize;

use super::{AdminError, Answer, json};
use crate::app::App;
use crate::auth::Identity;
use crate::event::catalogue::{self, FilterRules};
use crate::infra::network::firewall::is_digest;

/// Rules that are about to be loaded.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Applied {
    /// The ports that they are about.
    ports: Vec<u16>,
    /// Networks that are never kept out.
    allowed: u32,
    /// Networks that always are.
    blocked: u32,
    /// Sources that are for a while.
    banned: u32,
    /// What stands for the settings behind them.
    #[schema(pattern = "^[0-9a-f]{32}$")]
    settings: String,
}

/// Records that rules of the packet filter are about to be loaded; when that fails they are not.
#[utoipa::path(post, path = "/admin/v1/firewall/applied", request_body = Applied,
    responses((status = 200), (status = 400)), security(("key" = [])))]
pub(super) async fn record(app: &App, identity: &Identity, applied: Applied) -> Answer {
    let Applied { ports, allowed, blocked, banned, settings } = applied;
    if !(1..=2).contains(&ports.len()) {
        return Err(AdminError::Invalid("ports: the gateway has one or two".to_owned()));
    }
    if !is_digest(&settings) {
        return Err(AdminError::Invalid("settings: must be 32 hexadecimal digits".to_owned()));
    }
    let rules = FilterRules { ports: &ports, allowed, blocked, banned, settings: &settings };
    app.journal.append_durable(&catalogue::firewall_applied(app.clock.now(), &identity.actor, &rules)).await?;
    json(&serde_json::json!({ "recorded": settings }))
}
