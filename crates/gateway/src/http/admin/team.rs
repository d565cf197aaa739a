//! Teams of the asker's tenant.

use serde::Deserialize;

use super::{Answer, json};
use crate::app::App;
use crate::auth::Identity;
use crate::auth::user::TeamInfo;

/// A team to make.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewTeam {
    /// Its name, which no other team of the tenant has.
    name: String,
}

/// The teams of the asker's tenant, by name.
#[utoipa::path(get, path = "/admin/v1/teams", responses((status = 200, body = [TeamInfo])), security(("key" = [])))]
pub(super) async fn list(app: &App, identity: &Identity) -> Answer {
    let teams = app.users().teams().await?;
    json(&teams.into_iter().filter(|team| team.tenant == identity.tenant).collect::<Vec<_>>())
}

/// Makes a team in the asker's tenant.
#[utoipa::path(post, path = "/admin/v1/teams", request_body = NewTeam,
    responses((status = 200, body = TeamInfo), (status = 400), (status = 409)), security(("key" = [])))]
pub(super) async fn create(app: &App, identity: &Identity, NewTeam { name }: NewTeam) -> Answer {
    json(&app.users().create_team(&identity.tenant, &name, &identity.actor).await?)
}
