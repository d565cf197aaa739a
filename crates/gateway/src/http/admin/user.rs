//! People and service accounts, their roles, teams and second factors.
//!
//! Invariants: whoever is touched is asked for with their own tenant; what takes an owner out, or lets one in, asks also for
//! the right to give and take the role `owner`, so that who is none cannot get rid of those who are.

use serde::Deserialize;
use serde_json::json;

use super::page::{Asked, Page};
use super::{AdminError, Answer, json};
use crate::app::App;
use crate::auth::Identity;
use crate::auth::user::{NewUser, Status, UserInfo};
use crate::data::access::{Action, Kind, Resource};
use crate::error::Failure;

const OWNER: &str = "owner";

/// Somebody to invite.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Invitation {
    /// The e-mail address.
    email: String,
    /// The name.
    name: String,
    /// The roles; `user` when left out.
    #[serde(default = "user_role")]
    roles: Vec<String>,
    /// The id of the team.
    #[serde(default)]
    team: Option<String>,
}

/// One role.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OneRole {
    /// Its name.
    role: String,
}

/// One team, or none.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OneTeam {
    /// The id of the team; null for none.
    team: Option<String>,
}

fn user_role() -> Vec<String> {
    vec!["user".to_owned()]
}

/// The users of the asker's tenant, by id; `?status=` of one status only.
#[utoipa::path(get, path = "/admin/v1/users",
    params(("limit" = Option<usize>, Query), ("after" = Option<String>, Query), ("status" = Option<Status>, Query)),
    responses((status = 200, body = Page<UserInfo>), (status = 400)), security(("key" = [])))]
pub(super) async fn list(app: &App, identity: &Identity, query: Option<&str>) -> Answer {
    let asked = Asked::of(query, &["status"])?;
    let status = asked.parameter("status").map(|name| {
        Status::of(name).ok_or_else(|| {
            AdminError::Invalid("status: must be one of `invited`, `active` and `deactivated`".to_owned())
        })
    });
    let users = app.users().page(&identity.tenant, (&asked.after, asked.fetched()), status.transpose()?).await?;
    json(&asked.page(users, |user| user.id.as_str()))
}

/// Invites somebody into the asker's tenant.
#[utoipa::path(post, path = "/admin/v1/users", request_body = Invitation,
    responses((status = 200, body = UserInfo), (status = 400), (status = 403), (status = 409)),
    security(("key" = [])))]
pub(super) async fn invite(app: &App, identity: &Identity, new: Invitation) -> Answer {
    let resource = Resource::new(Kind::User, "new", &identity.tenant);
    app.access.authorize_roles(identity, Action::UserInvite, &resource, &new.roles).map_err(Failure::from)?;
    let Invitation { email, name, roles, team } = new;
    let new = NewUser { tenant: identity.tenant.clone(), team, email, name, roles };
    json(&app.users().invite(&new, &identity.actor).await?)
}

/// One user.
#[utoipa::path(get, path = "/admin/v1/users/{id}", params(("id" = String, Path)),
    responses((status = 200, body = UserInfo), (status = 404)), security(("key" = [])))]
pub(super) async fn show(app: &App, identity: &Identity, id: &str) -> Answer {
    json(&found(app, identity, Action::UserRead, id).await?)
}

/// Keeps a user out; all their sessions end, and their keys stop.
#[utoipa::path(post, path = "/admin/v1/users/{id}/deactivate", params(("id" = String, Path)),
    responses((status = 200, body = UserInfo), (status = 403), (status = 404), (status = 409)),
    security(("key" = [])))]
pub(super) async fn deactivate(app: &App, identity: &Identity, id: &str) -> Answer {
    let user = found(app, identity, Action::UserDeactivate, id).await?;
    of_owners(app, identity, Action::RoleRevoke, &user)?;
    app.users().deactivate(id, &identity.actor).await?;
    json(&app.users().show(id).await?)
}

/// Lets a user in again who was kept out.
#[utoipa::path(post, path = "/admin/v1/users/{id}/reactivate", params(("id" = String, Path)),
    responses((status = 200, body = UserInfo), (status = 400), (status = 403), (status = 404)),
    security(("key" = [])))]
pub(super) async fn reactivate(app: &App, identity: &Identity, id: &str) -> Answer {
    let user = found(app, identity, Action::UserDeactivate, id).await?;
    of_owners(app, identity, Action::RoleGrant, &user)?;
    app.users().reactivate(id, &identity.actor).await?;
    json(&app.users().show(id).await?)
}

/// Gives a user a role; all their sessions end.
#[utoipa::path(post, path = "/admin/v1/users/{id}/roles/grant", params(("id" = String, Path)), request_body = OneRole,
    responses((status = 200, body = UserInfo), (status = 400), (status = 403), (status = 404)),
    security(("key" = [])))]
pub(super) async fn grant(app: &App, identity: &Identity, id: &str, OneRole { role }: OneRole) -> Answer {
    let user = found(app, identity, Action::RoleGrant, id).await?;
    with_roles(app, identity, Action::RoleGrant, &user, std::slice::from_ref(&role))?;
    json(&app.users().add_role(id, &role, &identity.actor).await?)
}

/// Takes a role from a user; all their sessions end. The last owner stays one.
#[utoipa::path(post, path = "/admin/v1/users/{id}/roles/revoke", params(("id" = String, Path)), request_body = OneRole,
    responses((status = 200, body = UserInfo), (status = 400), (status = 403), (status = 404), (status = 409)),
    security(("key" = [])))]
pub(super) async fn revoke(app: &App, identity: &Identity, id: &str, OneRole { role }: OneRole) -> Answer {
    let user = found(app, identity, Action::RoleRevoke, id).await?;
    with_roles(app, identity, Action::RoleRevoke, &user, std::slice::from_ref(&role))?;
    json(&app.users().remove_role(id, &role, &identity.actor).await?)
}

/// Puts a user into a team, or into none.
#[utoipa::path(put, path = "/admin/v1/users/{id}/team", params(("id" = String, Path)), request_body = OneTeam,
    responses((status = 200, body = UserInfo), (status = 404)), security(("key" = [])))]
pub(super) async fn set_team(app: &App, identity: &Identity, id: &str, OneTeam { team }: OneTeam) -> Answer {
    let tenant = app.users().tenant_of(id).unwrap_or_else(|| identity.tenant.clone());
    let resource = Resource::new(Kind::Tenant, &tenant, &tenant);
    app.access.authorize(identity, Action::TeamWrite, &resource).map_err(Failure::from)?;
    json(&app.users().set_team(id, team.as_deref(), &identity.actor).await?)
}

/// Sends a user a link to choose another password.
#[utoipa::path(post, path = "/admin/v1/users/{id}/recover", params(("id" = String, Path)),
    responses((status = 200), (status = 400), (status = 404)), security(("key" = [])))]
pub(super) async fn recover(app: &App, identity: &Identity, id: &str) -> Answer {
    let user = found(app, identity, Action::UserRecover, id).await?;
    app.users().recover(&user, &identity.actor).await?;
    json(&json!({ "sent": id }))
}

/// The second factors of a user, without their secrets.
#[utoipa::path(get, path = "/admin/v1/users/{id}/factors", params(("id" = String, Path)),
    responses((status = 200), (status = 404)), security(("key" = [])))]
pub(super) async fn factors(app: &App, identity: &Identity, id: &str) -> Answer {
    let user = found(app, identity, Action::UserRead, id).await?;
    let (factors, left) = app.factors().list(&user).await?;
    json(&json!({ "factors": factors, "recovery_codes_left": left }))
}

/// Removes all second factors of a user who has lost them; all their sessions end.
#[utoipa::path(post, path = "/admin/v1/users/{id}/factors/reset", params(("id" = String, Path)),
    responses((status = 200), (status = 403), (status = 404)), security(("key" = [])))]
pub(super) async fn reset_factors(app: &App, identity: &Identity, id: &str) -> Answer {
    let user = found(app, identity, Action::UserRecover, id).await?;
    of_owners(app, identity, Action::RoleRevoke, &user)?;
    app.factors().reset(&user, &identity.actor).await?;
    json(&json!({ "reset": id }))
}

/// A user, when this may be done to them.
async fn found(app: &App, identity: &Identity, action: Action, id: &str) -> Result<UserInfo, AdminError> {
    let user = app.users().show(id).await?;
    let resource = Resource::new(Kind::User, id, &user.tenant);
    app.access.authorize(identity, action, &resource).map_err(Failure::from)?;
    Ok(user)
}

/// Asks also for the right to make and unmake owners, when it is about one.
fn of_owners(app: &App, identity: &Identity, action: Action, user: &UserInfo) -> Result<(), AdminError> {
    let owner = [OWNER.to_owned()];
    if user.roles.contains(&owner[0]) { with_roles(app, identity, action, user, &owner) } else { Ok(()) }
}

fn with_roles(
    app: &App,
    identity: &Identity,
    action: Action,
    user: &UserInfo,
    roles: &[String],
) -> Result<(), AdminError> {
    let resource = Resource::new(Kind::User, user.id.as_str(), &user.tenant);
    app.access.authorize_roles(identity, action, &resource, roles).map_err(Failure::from)?;
    Ok(())
}
