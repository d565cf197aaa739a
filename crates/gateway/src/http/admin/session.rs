//! Sessions and tokens of people, for operators.

use serde::Deserialize;

use super::{AdminError, Answer, json};
use crate::app::App;
use crate::auth::Identity;
use crate::auth::jwt::revocation::Subject;
use crate::auth::session::SessionInfo;

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
pub(super) async fn list(app: &App, query: Option<&str>) -> Answer {
    let user = query.unwrap_or_default().split('&').find_map(|pair| pair.strip_prefix("user="));
    json(&app.tokens.list(user).await?)
}

/// Ends a session. Every gateway refuses its tokens within a second.
#[utoipa::path(delete, path = "/admin/v1/sessions/{id}", params(("id" = String, Path)),
    responses((status = 200), (status = 404)), security(("key" = [])))]
pub(super) async fn end(app: &App, identity: &Identity, id: &str) -> Answer {
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
    app.tokens.revoke(&subject, "revoked by an operator", &identity.actor).await?;
    json(&serde_json::json!({ "revoked": subject.kind(), "subject": subject.id() }))
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
