//! API keys of the asker's tenant.
//!
//! Invariants: nobody makes or gets a key for more than the one they hold; a key of somebody else is as much as their roles,
//! so making one, or getting its successor, asks for the right to give these roles.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::page::{Asked, Page};
use super::{AdminError, Answer, json};
use crate::app::App;
use crate::auth::Identity;
use crate::auth::key::{KeyInfo, LIFE, NewKey};
use crate::data::access::{Action, Kind, Resource};
use crate::error::Failure;

/// The operator of the machine.
const CLI: &str = "cli";
const OVERLAP_HOURS: u32 = 24;
const OVERLAP_HOURS_MAX: u32 = 30 * 24;
const LIFE_MAX: SignedDuration = SignedDuration::from_hours(365 * 24);

/// A key to make.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    /// A name for people, and for `scope` in policies.
    name: String,
    /// Whose it is: the id of a user or a service account; the asker when left out.
    #[serde(default)]
    owner: Option<String>,
    /// The app that it belongs to.
    #[serde(default)]
    app: Option<String>,
    /// What it may do.
    #[serde(default = "inference")]
    scopes: Vec<String>,
    /// The models that it may use; all when left out.
    #[serde(default)]
    models: Option<Vec<String>>,
    /// When it ends, a year ahead at most; after 90 days when left out.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    expires_at: Option<Timestamp>,
}

/// How a key is replaced.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Rotation {
    /// How long the old key stays valid: 24 hours when left out, 30 days at most.
    #[serde(default = "overlap")]
    overlap_hours: u32,
}

/// A key that was made. It is shown once.
#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct Made {
    /// Its id.
    id: String,
    /// The key itself.
    key: String,
}

fn inference() -> Vec<String> {
    vec!["inference".to_owned()]
}

fn overlap() -> u32 {
    OVERLAP_HOURS
}

/// The API keys of the asker's tenant, by id. The keys themselves are nowhere.
#[utoipa::path(get, path = "/admin/v1/keys",
    params(("limit" = Option<usize>, Query), ("after" = Option<String>, Query)),
    responses((status = 200, body = Page<KeyInfo>), (status = 400)), security(("key" = [])))]
pub(super) async fn list(app: &App, identity: &Identity, query: Option<&str>) -> Answer {
    let asked = Asked::of(query, &[])?;
    let keys = app.keys.page(&identity.tenant, &asked.after, asked.fetched()).await?;
    json(&asked.page(keys, |key| key.id.as_str()))
}

/// Makes a key. It is shown once.
#[utoipa::path(post, path = "/admin/v1/keys", request_body = Wanted,
    responses((status = 200, body = Made), (status = 400), (status = 403)), security(("key" = [])))]
pub(super) async fn create(app: &App, identity: &Identity, wanted: Wanted) -> Answer {
    let Wanted { name, owner, app: of_app, scopes, models, expires_at } = wanted;
    let now = app.clock.now();
    let expires_at = expires_at.unwrap_or(now + LIFE);
    if expires_at > now + LIFE_MAX {
        return Err(AdminError::Invalid("expires_at: must be within a year".to_owned()));
    }
    let own = asker(identity);
    let owner = owner.unwrap_or_else(|| own.to_owned());
    may_act_as(app, identity, Action::KeyCreate, ("new", &owner), (&scopes, models.as_deref()))?;
    // A key of the operator names no owner.
    let owner = Some(owner).filter(|owner| owner != CLI);
    let new = NewKey { name, owner, app: of_app, scopes, models, expires_at: Some(expires_at), given: None };
    let (key, id) = app.keys.create_by(new, &identity.actor).await?;
    json(&Made { id, key })
}

/// Makes a key in the place of another, which stays valid for the overlap. It is shown once.
#[utoipa::path(post, path = "/admin/v1/keys/{id}/rotate", params(("id" = String, Path)), request_body = Rotation,
    responses((status = 200, body = Made), (status = 400), (status = 403), (status = 404)), security(("key" = [])))]
pub(super) async fn rotate(app: &App, identity: &Identity, id: &str, rotation: Rotation) -> Answer {
    if rotation.overlap_hours > OVERLAP_HOURS_MAX {
        return Err(AdminError::Invalid(format!("overlap_hours: must be at most {OVERLAP_HOURS_MAX}")));
    }
    let old = found(app, identity, Action::KeyRotate, id).await?;
    may_act_as(app, identity, Action::KeyRotate, (id, &old.owner), (&old.scopes, old.models.as_deref()))?;
    let overlap = SignedDuration::from_hours(rotation.overlap_hours.into());
    let (key, id) = app.keys.rotate_by(id, overlap, &identity.actor).await?;
    json(&Made { id, key })
}

/// Revokes a key. Every gateway refuses it within a second.
#[utoipa::path(delete, path = "/admin/v1/keys/{id}", params(("id" = String, Path)),
    responses((status = 200), (status = 404)), security(("key" = [])))]
pub(super) async fn revoke(app: &App, identity: &Identity, id: &str) -> Answer {
    found(app, identity, Action::KeyRevoke, id).await?;
    app.keys.revoke_by(id, &identity.actor).await?;
    json(&serde_json::json!({ "revoked": id }))
}

/// A key, when this may be done to it.
async fn found(app: &App, identity: &Identity, action: Action, id: &str) -> Result<KeyInfo, AdminError> {
    let key = app.keys.one(id).await?;
    let resource = Resource::new(Kind::Key, id, &key.tenant).of(&key.owner);
    app.access.authorize(identity, action, &resource).map_err(Failure::from)?;
    Ok(key)
}

/// Who asks, as owners of keys are named.
fn asker(identity: &Identity) -> &str {
    identity.owner.as_deref().unwrap_or(&identity.actor)
}

/// Whether the asker may have a key of this owner, for this.
fn may_act_as(
    app: &App,
    identity: &Identity,
    action: Action,
    (id, owner): (&str, &str),
    (scopes, models): (&[String], Option<&[String]>),
) -> Result<(), AdminError> {
    let tenant = if owner == CLI { crate::event::DEFAULT_TENANT.to_owned() } else { tenant_of(app, identity, owner) };
    let resource = Resource::new(Kind::Key, id, &tenant).of(owner);
    app.access.authorize(identity, action, &resource).map_err(Failure::from)?;
    if owner != asker(identity) {
        let roles = app.access.roles_behind(owner, &tenant);
        let resource = Resource::new(Kind::User, owner, &tenant);
        app.access.authorize_roles(identity, Action::RoleGrant, &resource, &roles).map_err(Failure::from)?;
    }
    if !identity.may_hand_on(scopes, models) {
        return Err(AdminError::Forbidden("scopes, models: a key cannot be for more than the one that asks"));
    }
    Ok(())
}

/// Of an owner who is unknown: that of the asker, where making the key then fails.
fn tenant_of(app: &App, identity: &Identity, owner: &str) -> String {
    app.users().tenant_of(owner).unwrap_or_else(|| identity.tenant.clone())
}
