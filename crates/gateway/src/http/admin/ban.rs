//! Bans: who is kept out, and by hand.

use serde::{Deserialize, Serialize};

use super::{AdminError, Answer, json};
use crate::app::App;
use crate::auth::Identity;
use crate::infra::network::address::Source;
use crate::infra::network::ddos::Ban;

/// The longest reason that is kept.
const REASON_BYTES_MAX: usize = 200;
/// An hour.
const SECONDS: u32 = 3_600;
/// A year: bans are in memory, and what is meant for longer belongs into a firewall.
const SECONDS_MAX: u32 = 365 * 86_400;

/// An address that is kept out.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct BanInfo {
    /// The IPv4 address, or the /64 of an IPv6 one.
    address: String,
    /// The offence that was one too many, or what the operator said.
    reason: String,
    /// When it began.
    since: String,
    /// When it ends.
    until: String,
    /// Bans in a row, this one included.
    row: u32,
}

/// An address to keep out.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewBan {
    /// An address; the whole /64 of an IPv6 one is kept out.
    address: String,
    /// For how long; an hour when nothing is said.
    seconds: Option<u32>,
    /// Why, for who reads it later.
    reason: Option<String>,
}

/// An address to let in again.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct EndBan {
    /// The address, as the list names it.
    address: String,
}

/// Bans in force on this node, the longest first.
#[utoipa::path(get, path = "/admin/v1/bans", responses((status = 200, body = [BanInfo])), security(("key" = [])))]
pub(super) fn list(app: &App) -> Answer {
    json(&app.gate.bans().into_iter().map(info).collect::<Vec<_>>())
}

/// Keeps an address out.
#[utoipa::path(post, path = "/admin/v1/bans", request_body = NewBan,
    responses((status = 200, body = BanInfo), (status = 400)), security(("key" = [])))]
pub(super) async fn add(app: &App, identity: &Identity, new: NewBan) -> Answer {
    let source = source(&new.address)?;
    let seconds = new.seconds.unwrap_or(SECONDS);
    if !(1..=SECONDS_MAX).contains(&seconds) {
        return Err(AdminError::Invalid(format!("seconds: must be between 1 and {SECONDS_MAX}")));
    }
    let reason = new.reason.as_deref().unwrap_or("operator");
    if reason.is_empty() || reason.len() > REASON_BYTES_MAX || reason.chars().any(char::is_control) {
        return Err(AdminError::Invalid(format!("reason: must be 1 to {REASON_BYTES_MAX} bytes of plain text")));
    }
    if app.gate.trusts(source.address()) {
        return Err(AdminError::Invalid("address: it is a trusted proxy, and behind it is everybody".to_owned()));
    }
    json(&info(app.gate.ban(source, (seconds, reason), &identity.actor).await?))
}

/// Lets an address in again, and forgets its offences.
#[utoipa::path(post, path = "/admin/v1/bans/end", request_body = EndBan,
    responses((status = 200), (status = 404)), security(("key" = [])))]
pub(super) async fn end(app: &App, identity: &Identity, EndBan { address }: EndBan) -> Answer {
    let source = source(&address)?;
    if !app.gate.unban(source, &identity.actor).await? {
        return Err(AdminError::Missing(format!("{source} is not banned")));
    }
    json(&serde_json::json!({ "ended": source.to_string() }))
}

fn source(address: &str) -> Result<Source, AdminError> {
    address.parse().map_err(|error| AdminError::Invalid(format!("address: {error}")))
}

fn info(ban: Ban) -> BanInfo {
    BanInfo {
        address: ban.source.to_string(),
        reason: ban.reason,
        since: ban.since.to_string(),
        until: ban.until.to_string(),
        row: ban.row,
    }
}
