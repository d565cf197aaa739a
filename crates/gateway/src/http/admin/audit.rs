//! The last entries of the audit log: those of the tenant of who asks, without what is sealed.

use super::{AdminError, Answer, json};
use crate::app::App;
use crate::auth::Identity;
use crate::data::audit;

const LIMIT: usize = 100;
const LIMIT_MAX: usize = 1_000;

/// The last entries, newest first. `?limit=` up to 1000.
#[utoipa::path(get, path = "/admin/v1/audit", params(("limit" = Option<usize>, Query)),
    responses((status = 200)), security(("key" = [])))]
pub(super) async fn list(app: &App, identity: &Identity, query: Option<&str>) -> Answer {
    let limit = query
        .unwrap_or_default()
        .split('&')
        .find_map(|pair| pair.strip_prefix("limit="))
        .map_or(Ok(LIMIT), str::parse::<usize>)
        .ok()
        .filter(|limit| (1..=LIMIT_MAX).contains(limit))
        .ok_or_else(|| AdminError::Invalid(format!("limit: must be a number from 1 to {LIMIT_MAX}")))?;
    json(&audit::list_of(app.db(), &identity.tenant, limit).await?)
}
