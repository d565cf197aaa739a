//! Probes.

use super::{Answer, json};
use crate::app::App;
use crate::store::args;

/// The content type of OpenMetrics.
pub(super) const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Can it serve? The database answers, and the journal takes entries.
pub(super) async fn ready(app: &App) -> Answer {
    let database = app.db().fetch_all("SELECT 1 AS one", args![]).await.is_ok();
    let journal = app.journal.is_writable();
    let mut response = json(&serde_json::json!({
        "ready": database && journal, "database": database, "audit_journal": journal,
    }))?;
    if !(database && journal) {
        *response.status_mut() = http::StatusCode::SERVICE_UNAVAILABLE;
    }
    Ok(response)
}
