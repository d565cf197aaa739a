//! Sessions and tokens of people, for operators.

use serde::Deserialize;

use super::{AdminError, Answer, json};
use crate::app::App;
use crate::auth::Identity;
use crate::auth::jwt::revocation::Subject;
use crate::auth::session::SessionInfo;
use crate::data::access::{Action, Kind, Resource};
use crate::error::Failure;

/// Whose tokens to revoke: one of these.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Revocation {
    /// A session.
    sid: Option<String>,
    /// A person.
    user: Option<String>,
    /// A client.
    client: Option<String>,
    /// A tenant.
    tenant: Option<String>,
    /// Everybody.
    #[serde(default)]
    all: bool,
}

/// The live sessions of a person (`?user=`), or of everybody; the one seen last first, 1000 at most.
#[utoipa::path(get, path = "/admin/v1/sessions", params(("user" = Option<String>, Query)),
    responses((status = 200, body = [SessionInfo])), security(("key" = [])))]
pub(super) async fn list(app: &App, identity: &Identity, query: Option<&str>) -> Answer {
    let user = query.unwrap_or_default().split('&').find_map(|pair| pair.strip_prefix("user="));
    json(&app.tokens.sessions.list_of(&identity.tenant, user).await?)
}

/// Whether this may be done to that one.
fn ask(app: &App, identity: &Identity, action: Action, resource: &Resource<'_>) -> Result<(), AdminError> {
    app.access.authorize(identity, action, resource).map_err(Failure::from)?;
    Ok(())
}

/// Ends a session. Every gateway refuses its tokens within a second.
#[utoipa::path(delete, path = "/admin/v1/sessions/{id}", params(("id" = String, Path)),
    responses((status = 200), (status = 404)), security(("key" = [])))]
pub(super) async fn end(app: &App, identity: &Identity, id: &str) -> Answer {
    let (owner, tenant) = app.tokens.sessions.belongs_to(id).await?;
    ask(app, identity, Action::SessionRevoke, &Resource::new(Kind::Session, id, &tenant).of(&owner))?;
    app.tokens.revoke(&Subject::Session(id.to_owned()), "ended by an operator", &identity.actor).await?;
    json(&serde_json::json!({ "ended": id }))
}

/// Revokes all tokens of a session, a person, a client, a tenant or of everybody, and ends their sessions.
#[utoipa::path(post, path = "/admin/v1/tokens/revoke", request_body = Revocation,
    responses((status = 200), (status = 400), (status = 404)), security(("key" = [])))]
pub(super) async fn revoke(app: &App, identity: &Identity, revocation: Revocation) -> Answer {
    let subject = revocation.subject().ok_or_else(|| {
        AdminError::Invalid("the body: must name one of `sid`, `user`, `client`, `tenant` and `all`".into())
    })?;
    may_revoke(app, identity, &subject).await?;
    app.tokens.revoke(&subject, "revoked by an operator", &identity.actor).await?;
    json(&serde_json::json!({ "revoked": subject.kind(), "subject": subject.id() }))
}

/// Asks for what is really touched: one session, one person, a tenant, or all tenants.
async fn may_revoke(app: &App, identity: &Identity, subject: &Subject) -> Result<(), AdminError> {
    let revoke = Action::SessionRevoke;
    match subject {
        Subject::Session(id) => {
            let (owner, tenant) = app.tokens.sessions.belongs_to(id).await?;
            ask(app, identity, revoke, &Resource::new(Kind::Session, id, &tenant).of(&owner))
        }
        Subject::User(id) => {
            let known = app.users().tenant_of(id);
            let tenant = known.as_deref().unwrap_or(&identity.tenant);
            ask(app, identity, revoke, &Resource::new(Kind::User, id, tenant))
        }
        Subject::Tenant(id) => ask(app, identity, revoke, &Resource::new(Kind::Tenant, id, id)),
        // A client may have sessions in every tenant.
        Subject::Client(_) | Subject::All => {
            let everywhere = Resource::new(Kind::Config, "sessions", Kind::Config.tenant(&identity.tenant));
            ask(app, identity, Action::SessionRevokeAll, &everywhere)
        }
    }
}

impl Revocation {
    fn subject(self) -> Option<Subject> {
        let named = [
            self.sid.map(Subject::Session),
            self.user.map(Subject::User),
            self.client.map(Subject::Client),
            self.tenant.map(Subject::Tenant),
            self.all.then_some(Subject::All),
        ];
        let mut named = named.into_iter().flatten();
        named.next().filter(|_| named.next().is_none())
    }
}
