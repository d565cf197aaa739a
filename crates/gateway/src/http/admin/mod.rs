//! The admin plane: probes, metrics, the policies that the configuration also has, and people with their keys, over JSON.
//!
//! Its listener is on loopback. Every handler that is not open names its own action ([`Handler::action`]), which is asked for
//! before the body is read, and again for the thing itself where it may be another tenant's. An audit entry is durable
//! before the change.

mod audit;
mod ban;
mod firewall;
mod key;
mod limit;
mod openapi;
mod page;
mod policy;
mod probe;
mod revision;
mod session;
mod team;
mod user;

use std::sync::Arc;
use std::time::Duration;

use http::header::CONTENT_TYPE;
use http::{HeaderValue, Request, Response, StatusCode};
use hyper::body::Incoming;
use serde::Serialize;
use serde::de::DeserializeOwned;
use wire::Dialect;

use super::body::{Body, BodyError, full, read};
use super::factor;
use super::router::Access;
use crate::api::limit::ResetError;
use crate::app::{App, StartError};
use crate::auth::Identity;
use crate::auth::jwt::TokenError;
use crate::auth::key::KeyError;
use crate::auth::mfa::MfaError;
use crate::auth::user::UserError;
use crate::data::access::{Action, Resource};
use crate::data::audit::AuditError;
use crate::error::{Failure, stamp};
use crate::event::catalogue;
use crate::event::journal::JournalError;
use crate::model::policy::store::PolicyStoreError;
use crate::proxy::authenticate::authenticate;

const BODY_BYTES_MAX: usize = 1024 * 1024;
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// The handlers of the admin plane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handler {
    /// Is the process alive?
    Livez,
    /// Can it serve?
    Readyz,
    /// OpenMetrics.
    Metrics,
    /// The OpenAPI document of this plane.
    OpenApi,
    /// All policies in force.
    ListPolicies,
    /// One policy.
    ShowPolicy,
    /// Store a policy.
    PutPolicy,
    /// Remove a stored policy.
    DeletePolicy,
    /// What became of a stored policy.
    ListRevisions,
    /// Store an earlier revision again.
    RollBackPolicy,
    /// Read the configuration again.
    Reload,
    /// Look at one text.
    Evaluate,
    /// Sessions of people.
    ListSessions,
    /// End a session.
    EndSession,
    /// Revoke tokens.
    RevokeTokens,
    /// The last audit entries.
    ListAudit,
    /// Users.
    ListUsers,
    /// Invite somebody.
    InviteUser,
    /// One user.
    ShowUser,
    /// Keep a user out.
    DeactivateUser,
    /// Let a user in again.
    ReactivateUser,
    /// Give a user a role.
    GrantRole,
    /// Take a role from a user.
    RevokeRole,
    /// Put a user into a team.
    SetTeam,
    /// Send a user a link.
    RecoverUser,
    /// The second factors of a user.
    ListFactors,
    /// Remove them.
    ResetFactors,
    /// Teams.
    ListTeams,
    /// Make a team.
    CreateTeam,
    /// API keys.
    ListKeys,
    /// Make a key.
    CreateKey,
    /// Replace a key.
    RotateKey,
    /// Revoke a key.
    RevokeKey,
    /// Limits.
    ListLimits,
    /// The counters of a limit.
    ShowLimit,
    /// Forget what was used of a counter.
    ResetLimit,
    /// Addresses that are kept out.
    ListBans,
    /// Keep an address out.
    AddBan,
    /// Let an address in again.
    EndBan,
    /// Record that rules of the packet filter are loaded.
    RecordFirewall,
}

impl Handler {
    /// What its caller must be allowed to do; `None` for what is open.
    pub fn action(self) -> Option<Action> {
        match self {
            Self::Livez | Self::Readyz | Self::Metrics | Self::OpenApi => None,
            Self::ListPolicies | Self::ShowPolicy | Self::ListRevisions => Some(Action::PolicyRead),
            Self::PutPolicy | Self::RollBackPolicy => Some(Action::PolicyWrite),
            Self::DeletePolicy => Some(Action::PolicyDelete),
            Self::Reload => Some(Action::ConfigReload),
            Self::Evaluate => Some(Action::PolicyEvaluate),
            Self::ListSessions => Some(Action::SessionRead),
            Self::EndSession | Self::RevokeTokens => Some(Action::SessionRevoke),
            Self::ListAudit => Some(Action::AuditRead),
            Self::ListUsers | Self::ShowUser | Self::ListFactors => Some(Action::UserRead),
            Self::InviteUser => Some(Action::UserInvite),
            Self::DeactivateUser | Self::ReactivateUser => Some(Action::UserDeactivate),
            Self::GrantRole => Some(Action::RoleGrant),
            Self::RevokeRole => Some(Action::RoleRevoke),
            Self::SetTeam | Self::CreateTeam => Some(Action::TeamWrite),
            Self::RecoverUser | Self::ResetFactors => Some(Action::UserRecover),
            Self::ListTeams => Some(Action::TenantRead),
            Self::ListKeys => Some(Action::KeyRead),
            Self::CreateKey => Some(Action::KeyCreate),
            Self::RotateKey => Some(Action::KeyRotate),
            Self::RevokeKey => Some(Action::KeyRevoke),
            Self::ListLimits | Self::ShowLimit => Some(Action::LimitRead),
            Self::ResetLimit => Some(Action::LimitReset),
            Self::ListBans => Some(Action::BanRead),
            Self::AddBan | Self::EndBan => Some(Action::BanWrite),
            Self::RecordFirewall => Some(Action::FirewallWrite),
        }
    }
}

/// Why an admin request was not served.
#[derive(Debug, thiserror::Error)]
pub(super) enum AdminError {
    /// As on the data plane.
    #[error(transparent)]
    Failure(#[from] Failure),
    /// The body is not what the route takes.
    #[error("{0}")]
    Invalid(String),
    /// There is no such thing.
    #[error("{0}")]
    Missing(String),
    /// Somebody else changed it since the asker read it.
    #[error("{0}")]
    Outdated(String),
    /// More than the asker may.
    #[error("{0}")]
    Forbidden(&'static str),
    /// Something about users.
    #[error(transparent)]
    User(#[from] UserError),
    /// Something about second factors.
    #[error(transparent)]
    Factor(#[from] MfaError),
    /// Something about API keys.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The configuration cannot take effect.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The change could not be recorded, so it was not made.
    #[error("the change could not be recorded, so it was not made")]
    Journal(#[from] JournalError),
    /// The store failed.
    #[error("the store cannot be used")]
    Store(#[from] PolicyStoreError),
    /// Something about tokens or sessions.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// A counter was not reset.
    #[error(transparent)]
    Limit(#[from] ResetError),
    /// The audit log cannot be read.
    #[error("the audit log cannot be read")]
    Audit(#[from] AuditError),
}

type Answer = Result<Response<Body>, AdminError>;

/// Answers a request on the admin plane.
pub(super) async fn handle(
    app: Arc<App>,
    handler: Handler,
    access: Access,
    name: Option<String>,
    request: Request<Incoming>,
) -> Response<Body> {
    let id = app.new_id();
    match admitted(&app, handler, access, name, request).await {
        Ok(mut response) => {
            stamp(&mut response, &id);
            response
        }
        Err(error) => refuse(&error, &id),
    }
}

async fn admitted(
    app: &Arc<App>,
    handler: Handler,
    access: Access,
    name: Option<String>,
    request: Request<Incoming>,
) -> Answer {
    match access {
        Access::Open => open(app, handler).await,
        Access::Person | Access::Inference | Access::Admin | Access::Scim => {
            let identity = admit(app, handler, &request).await?;
            if is_dangerous(handler) {
                factor::demand(app, &identity, None).await?;
            }
            guarded(app, handler, &identity, &name.unwrap_or_default(), request).await
        }
    }
}

/// Whether a person has to have shown lately who they are. API keys are judged by their scopes.
fn is_dangerous(handler: Handler) -> bool {
    matches!(
        handler,
        Handler::PutPolicy
            | Handler::DeletePolicy
            | Handler::RollBackPolicy
            | Handler::EndSession
            | Handler::RevokeTokens
            | Handler::InviteUser
            | Handler::DeactivateUser
            | Handler::ReactivateUser
            | Handler::GrantRole
            | Handler::RevokeRole
            | Handler::RecoverUser
            | Handler::ResetFactors
            | Handler::CreateKey
            | Handler::RotateKey
            | Handler::RevokeKey
            | Handler::ResetLimit
            | Handler::AddBan
            | Handler::EndBan
            | Handler::RecordFirewall
    )
}

/// Lets in who may use the route at all, and records everybody else.
async fn admit(app: &App, handler: Handler, request: &Request<Incoming>) -> Result<Arc<Identity>, AdminError> {
    let identity = match authenticate(app, request).await {
        Ok(identity) => identity,
        Err(failure) => {
            let route: String = request.uri().path().chars().take(128).collect();
            app.journal.append(&catalogue::admin_denied(app.clock.now(), None, &route))?;
            return Err(failure.into());
        }
    };
    let action = handler.action().ok_or_else(|| AdminError::Missing("this route is open".into()))?;
    let kind = action.kind();
    let resource = Resource::new(kind, "any", kind.tenant(&identity.tenant));
    app.access.authorize(&identity, action, &resource).map_err(Failure::from)?;
    Ok(identity)
}

async fn open(app: &App, handler: Handler) -> Answer {
    match handler {
        Handler::Livez => Ok(text("text/plain", "ok\n")),
        Handler::Readyz => probe::ready(app).await,
        Handler::Metrics => Ok(text(probe::OPENMETRICS, app.metrics.render())),
        Handler::OpenApi => Ok(text("application/json", openapi::document())),
        _ => Err(AdminError::Missing("this route is not open".into())),
    }
}

async fn guarded(
    app: &Arc<App>,
    handler: Handler,
    identity: &Identity,
    name: &str,
    request: Request<Incoming>,
) -> Answer {
    match handler {
        Handler::ListPolicies => policy::list(app).await,
        Handler::ShowPolicy => policy::show(app, name).await,
        Handler::PutPolicy => {
            let saw = policy::saw(request.headers())?;
            policy::put(app, identity, (name, saw), body(request).await?).await
        }
        Handler::DeletePolicy => policy::delete(app, identity, name).await,
        Handler::ListRevisions => revision::list(app, name, request.uri().query()).await,
        Handler::RollBackPolicy => revision::go_back(app, identity, name, body(request).await?).await,
        Handler::Reload => policy::reload(app, identity).await,
        Handler::Evaluate => policy::evaluate(app, body(request).await?).await,
        Handler::ListSessions => session::list(app, identity, request.uri().query()).await,
        Handler::EndSession => session::end(app, identity, name).await,
        Handler::RevokeTokens => session::revoke(app, identity, body(request).await?).await,
        Handler::ListAudit => audit::list(app, identity, request.uri().query()).await,
        Handler::ListUsers => user::list(app, identity, request.uri().query()).await,
        Handler::InviteUser => user::invite(app, identity, body(request).await?).await,
        Handler::ShowUser => user::show(app, identity, name).await,
        Handler::DeactivateUser => user::deactivate(app, identity, name).await,
        Handler::ReactivateUser => user::reactivate(app, identity, name).await,
        Handler::GrantRole => user::grant(app, identity, name, body(request).await?).await,
        Handler::RevokeRole => user::revoke(app, identity, name, body(request).await?).await,
        Handler::SetTeam => user::set_team(app, identity, name, body(request).await?).await,
        Handler::RecoverUser => user::recover(app, identity, name).await,
        Handler::ListFactors => user::factors(app, identity, name).await,
        Handler::ResetFactors => user::reset_factors(app, identity, name).await,
        Handler::ListTeams => team::list(app, identity).await,
        Handler::CreateTeam => team::create(app, identity, body(request).await?).await,
        Handler::ListKeys => key::list(app, identity, request.uri().query()).await,
        Handler::CreateKey => key::create(app, identity, body(request).await?).await,
        Handler::RotateKey => key::rotate(app, identity, name, body(request).await?).await,
        Handler::RevokeKey => key::revoke(app, identity, name).await,
        Handler::ListLimits => limit::list(app),
        Handler::ShowLimit => limit::show(app, name, request.uri().query()),
        Handler::ResetLimit => limit::reset(app, identity, name, body(request).await?).await,
        Handler::ListBans => ban::list(app),
        Handler::AddBan => ban::add(app, identity, body(request).await?).await,
        Handler::EndBan => ban::end(app, identity, body(request).await?).await,
        Handler::RecordFirewall => firewall::record(app, identity, body(request).await?).await,
        Handler::Livez | Handler::Readyz | Handler::Metrics | Handler::OpenApi => open(app, handler).await,
    }
}

/// Reads a JSON body.
async fn body<T: DeserializeOwned>(request: Request<Incoming>) -> Result<T, AdminError> {
    let bytes = read(request, BODY_BYTES_MAX, BODY_TIMEOUT).await.map_err(Failure::from)?;
    serde_json::from_slice(&bytes).map_err(|error| AdminError::Invalid(format!("the body: {error}")))
}

fn json(value: &impl Serialize) -> Answer {
    let text_of = serde_json::to_string(value).map_err(|error| AdminError::Invalid(error.to_string()))?;
    Ok(text("application/json", text_of))
}

fn text(kind: &'static str, body: impl Into<bytes::Bytes>) -> Response<Body> {
    let mut response = Response::new(full(body));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

fn refuse(error: &AdminError, id: &str) -> Response<Body> {
    let (status, kind) = match error {
        AdminError::Failure(failure) => return failure.answer(Dialect::OpenAi, id),
        AdminError::Invalid(_)
        | AdminError::Token(TokenError::Invalid(_))
        | AdminError::User(UserError::Invalid(_) | UserError::NoPublicUrl)
        | AdminError::Key(KeyError::Invalid(_)) => (StatusCode::BAD_REQUEST, "invalid_request_error"),
        AdminError::User(UserError::Taken(_) | UserError::LastOwner(_)) => {
            (StatusCode::CONFLICT, "invalid_request_error")
        }
        AdminError::Outdated(_) => (StatusCode::PRECONDITION_FAILED, "invalid_request_error"),
        AdminError::Forbidden(_) => (StatusCode::FORBIDDEN, "permission_error"),
        AdminError::Start(
            StartError::Config(_) | StartError::Provider { .. } | StartError::Access(_) | StartError::Tls(_),
        ) => (StatusCode::BAD_REQUEST, "invalid_request_error"),
        AdminError::Missing(_)
        | AdminError::Limit(ResetError::Missing { .. })
        | AdminError::Token(TokenError::Missing(_))
        | AdminError::User(UserError::Missing { .. })
        | AdminError::Key(KeyError::Missing(_)) => (StatusCode::NOT_FOUND, "invalid_request_error"),
        AdminError::Start(_)
        | AdminError::Journal(_)
        | AdminError::Store(_)
        | AdminError::Token(_)
        | AdminError::User(_)
        | AdminError::Factor(_)
        | AdminError::Key(_)
        | AdminError::Limit(_)
        | AdminError::Audit(_) => {
            tracing::error!(error = error as &dyn std::error::Error, "an admin request failed");
            (StatusCode::SERVICE_UNAVAILABLE, "server_error")
        }
    };
    // Keys are made by the command line too, and their rules name its options.
    let message = error.to_string();
    let message = message.trim_start_matches("--");
    let body = serde_json::json!({ "error": { "message": message, "type": kind, "param": null, "code": null } });
    let mut response = text("application/json", body.to_string());
    *response.status_mut() = status;
    stamp(&mut response, id);
    response
}

impl From<BodyError> for AdminError {
    fn from(error: BodyError) -> Self {
        Self::Failure(error.into())
    }
}
