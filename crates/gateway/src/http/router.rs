//! Every route, in one list.
//!
//! The list is what the access test walks and what the documents are made from; a route that is not in it does not exist.

use std::sync::Arc;

use http::{Method, Request, Response};
use hyper::body::Incoming;
use wire::Surface;

use super::account;
use super::admin;
use super::body::Body;
use super::factor;
use super::login;
use super::oauth2;
use super::outside;
use super::scim;
use super::site;
use crate::app::App;
use crate::error::Failure;
use crate::proxy;

/// One route.
#[derive(Debug, Clone)]
pub struct Route {
    /// The method.
    pub method: Method,
    /// The path, exactly, but for one `{name}`: a segment, or at the end any rest.
    pub path: &'static str,
    /// The listener it is on.
    pub plane: Plane,
    /// Who may.
    pub access: Access,
    /// What answers.
    pub target: Target,
}

/// The listeners.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plane {
    /// Where SDKs connect.
    Data,
    /// Loopback only.
    Admin,
    /// Plain HTTP beside the data plane's HTTPS; it has no routes.
    Redirect,
}

/// Who may use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anybody who reaches the listener.
    Open,
    /// A person, by an access token: about their own.
    Person,
    /// A key or an access token with the scope `inference`.
    Inference,
    /// A key or an access token with the scope `admin`.
    Admin,
    /// An identity provider, by its token.
    Scim,
}

/// What answers a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// The path of a prompt.
    Prompt(Surface),
    /// `GET /v1/models`.
    Models,
    /// One model.
    Model,
    /// A person's own tokens and sessions.
    Account(account::Handler),
    /// A person's own second factors.
    Factor(factor::Handler),
    /// The door for passwords.
    Login(login::Handler),
    /// The OAuth provider.
    OAuth(oauth2::Handler),
    /// Logging in with an outside provider.
    Outside(outside::Handler),
    /// A page for people.
    Site(site::Handler),
    /// Provisioning.
    Scim(scim::Handler),
    /// A handler of the admin plane.
    Admin(admin::Handler),
}

const fn data(method: Method, path: &'static str, target: Target) -> Route {
    Route { method, path, plane: Plane::Data, access: Access::Inference, target }
}

const fn account(method: Method, path: &'static str, access: Access, handler: account::Handler) -> Route {
    Route { method, path, plane: Plane::Data, access, target: Target::Account(handler) }
}

const fn factor(method: Method, path: &'static str, handler: factor::Handler) -> Route {
    Route { method, path, plane: Plane::Data, access: Access::Person, target: Target::Factor(handler) }
}

/// Open, because who comes here has nothing yet but a password or a link.
const fn door(path: &'static str, handler: login::Handler) -> Route {
    Route { method: Method::POST, path, plane: Plane::Data, access: Access::Open, target: Target::Login(handler) }
}

/// Open, because the client, the code or the page's own form proves itself.
const fn oauth(method: Method, path: &'static str, handler: oauth2::Handler) -> Route {
    Route { method, path, plane: Plane::Data, access: Access::Open, target: Target::OAuth(handler) }
}

const fn oauth_person(method: Method, path: &'static str, handler: oauth2::Handler) -> Route {
    Route { method, path, plane: Plane::Data, access: Access::Person, target: Target::OAuth(handler) }
}

/// Of a browser that leaves for an outside provider and comes back, or of a person.
const fn outside(method: Method, path: &'static str, access: Access, handler: outside::Handler) -> Route {
    Route { method, path, plane: Plane::Data, access, target: Target::Outside(handler) }
}

/// Open, because who may not is shown the login instead, and each form proves itself.
const fn site(method: Method, path: &'static str, handler: site::Handler) -> Route {
    Route { method, path, plane: Plane::Data, access: Access::Open, target: Target::Site(handler) }
}

const fn provision(method: Method, path: &'static str, handler: scim::Handler) -> Route {
    Route { method, path, plane: Plane::Data, access: Access::Scim, target: Target::Scim(handler) }
}

const fn admin(method: Method, path: &'static str, access: Access, handler: admin::Handler) -> Route {
    Route { method, path, plane: Plane::Admin, access, target: Target::Admin(handler) }
}

/// All routes.
pub const ROUTES: &[Route] = &[
    data(Method::POST, "/v1/chat/completions", Target::Prompt(Surface::ChatCompletions)),
    data(Method::POST, "/v1/completions", Target::Prompt(Surface::Completions)),
    data(Method::POST, "/v1/responses", Target::Prompt(Surface::Responses)),
    data(Method::POST, "/v1/embeddings", Target::Prompt(Surface::Embeddings)),
    data(Method::POST, "/v1/moderations", Target::Prompt(Surface::Moderations)),
    data(Method::POST, "/v1/messages", Target::Prompt(Surface::Messages)),
    data(Method::POST, "/v1/messages/count_tokens", Target::Prompt(Surface::CountTokens)),
    data(Method::GET, "/v1/models", Target::Models),
    data(Method::GET, "/v1/models/{model}", Target::Model),
    account(Method::GET, "/.well-known/jwks.json", Access::Open, account::Handler::Keys),
    account(Method::POST, "/auth/v1/token/refresh", Access::Open, account::Handler::Refresh),
    account(Method::POST, "/auth/v1/logout", Access::Person, account::Handler::Logout),
    account(Method::GET, "/auth/v1/sessions", Access::Person, account::Handler::ListSessions),
    account(Method::DELETE, "/auth/v1/sessions/{id}", Access::Person, account::Handler::EndSession),
    factor(Method::POST, "/auth/v1/step-up", factor::Handler::StepUp),
    factor(Method::POST, "/auth/v1/step-up/options", factor::Handler::StepUpOptions),
    factor(Method::GET, "/auth/v1/factors", factor::Handler::List),
    factor(Method::POST, "/auth/v1/factors/totp", factor::Handler::EnrolTotp),
    factor(Method::POST, "/auth/v1/factors/totp/confirm", factor::Handler::ConfirmTotp),
    factor(Method::POST, "/auth/v1/factors/passkey", factor::Handler::PasskeyOptions),
    factor(Method::POST, "/auth/v1/factors/passkey/confirm", factor::Handler::AddPasskey),
    factor(Method::POST, "/auth/v1/factors/recovery-codes", factor::Handler::RenewCodes),
    factor(Method::PATCH, "/auth/v1/factors/{id}", factor::Handler::Rename),
    factor(Method::DELETE, "/auth/v1/factors/{id}", factor::Handler::Remove),
    door("/auth/v1/login", login::Handler::Login),
    door("/auth/v1/login/factor", login::Handler::Factor),
    door("/auth/v1/login/factor/options", login::Handler::FactorOptions),
    door("/auth/v1/login/passkey/options", login::Handler::PasskeyOptions),
    door("/auth/v1/login/passkey", login::Handler::Passkey),
    door("/auth/v1/login/enrol", login::Handler::Enrol),
    door("/auth/v1/recovery", login::Handler::Recovery),
    door("/auth/v1/recovery/complete", login::Handler::CompleteRecovery),
    door("/auth/v1/invitation/accept", login::Handler::Accept),
    door("/auth/v1/email/verify", login::Handler::VerifyEmail),
    door("/auth/v1/password/change", login::Handler::ChangePassword),
    door("/auth/v1/password/strength", login::Handler::Strength),
    oauth(Method::GET, "/.well-known/oauth-authorization-server", oauth2::Handler::Metadata),
    oauth(Method::GET, "/.well-known/openid-configuration", oauth2::Handler::Metadata),
    oauth(Method::GET, "/.well-known/oauth-protected-resource", oauth2::Handler::Resource),
    oauth(Method::GET, "/oauth2/authorize", oauth2::Handler::Authorize),
    oauth(Method::GET, "/oauth2/continue", oauth2::Handler::Continue),
    oauth(Method::POST, "/oauth2/login", oauth2::Handler::Login),
    oauth(Method::POST, "/oauth2/consent", oauth2::Handler::Consent),
    oauth(Method::POST, "/oauth2/token", oauth2::Handler::Token),
    oauth(Method::POST, "/oauth2/revoke", oauth2::Handler::Revoke),
    oauth(Method::POST, "/oauth2/introspect", oauth2::Handler::Introspect),
    oauth(Method::POST, "/oauth2/register", oauth2::Handler::Register),
    oauth(Method::POST, "/oauth2/par", oauth2::Handler::Push),
    oauth(Method::POST, "/oauth2/device", oauth2::Handler::Device),
    oauth(Method::GET, "/device", oauth2::Handler::DevicePage),
    oauth(Method::POST, "/device", oauth2::Handler::EnterDevice),
    oauth(Method::GET, "/oauth2/logout", oauth2::Handler::Logout),
    oauth(Method::POST, "/oauth2/logout", oauth2::Handler::ConfirmLogout),
    oauth_person(Method::GET, "/oauth2/userinfo", oauth2::Handler::UserInfo),
    oauth_person(Method::POST, "/oauth2/userinfo", oauth2::Handler::UserInfo),
    oauth_person(Method::GET, "/auth/v1/consents", oauth2::Handler::ListConsents),
    oauth_person(Method::DELETE, "/auth/v1/consents/{id}", oauth2::Handler::EndConsent),
    outside(Method::GET, "/auth/v1/outside/start/{provider}", Access::Open, outside::Handler::Start),
    outside(Method::GET, "/auth/v1/outside/callback/{provider}", Access::Open, outside::Handler::Callback),
    outside(Method::POST, "/auth/v1/outside/link/{provider}", Access::Person, outside::Handler::Link),
    outside(Method::GET, "/auth/v1/outside", Access::Person, outside::Handler::List),
    outside(Method::DELETE, "/auth/v1/outside/{id}", Access::Person, outside::Handler::Unlink),
    site(Method::POST, "/challenge", site::Handler::Challenge),
    site(Method::GET, "/login", site::Handler::Login),
    site(Method::POST, "/login", site::Handler::EnterPassword),
    site(Method::GET, "/login/factor", site::Handler::Factor),
    site(Method::POST, "/login/factor", site::Handler::EnterFactor),
    site(Method::GET, "/login/enrolment", site::Handler::Enrolment),
    site(Method::POST, "/login/enrolment", site::Handler::ConfirmEnrolment),
    site(Method::GET, "/invitation", site::Handler::Invitation),
    site(Method::POST, "/invitation", site::Handler::Accept),
    site(Method::GET, "/recovery", site::Handler::Recovery),
    site(Method::POST, "/recovery", site::Handler::AskRecovery),
    site(Method::GET, "/recovery/password", site::Handler::ChoosePassword),
    site(Method::POST, "/recovery/password", site::Handler::CompleteRecovery),
    site(Method::GET, "/verification", site::Handler::Verification),
    site(Method::POST, "/verification", site::Handler::Verify),
    site(Method::GET, "/account", site::Handler::Account),
    site(Method::POST, "/account/sessions/end", site::Handler::EndSession),
    site(Method::POST, "/account/apps", site::Handler::ChangeApp),
    site(Method::POST, "/account/factors/remove", site::Handler::RemoveFactor),
    site(Method::POST, "/account/outside/link", site::Handler::LinkOutside),
    site(Method::POST, "/account/outside/unlink", site::Handler::UnlinkOutside),
    site(Method::POST, "/account/factors/rename", site::Handler::RenameFactor),
    site(Method::POST, "/account/codes", site::Handler::RenewCodes),
    site(Method::GET, "/account/passkey", site::Handler::Passkey),
    site(Method::POST, "/account/passkey", site::Handler::AddPasskey),
    site(Method::GET, "/account/authenticator", site::Handler::Authenticator),
    site(Method::POST, "/account/authenticator", site::Handler::BeginAuthenticator),
    site(Method::POST, "/account/authenticator/confirm", site::Handler::ConfirmAuthenticator),
    site(Method::GET, "/account/password", site::Handler::Password),
    site(Method::POST, "/account/password", site::Handler::ChangePassword),
    site(Method::GET, "/account/confirm", site::Handler::Confirm),
    site(Method::POST, "/account/confirm", site::Handler::StepUp),
    site(Method::POST, "/account/logout", site::Handler::Logout),
    provision(Method::GET, "/scim/v2/ServiceProviderConfig", scim::Handler::Config),
    provision(Method::GET, "/scim/v2/ResourceTypes", scim::Handler::Types),
    provision(Method::GET, "/scim/v2/ResourceTypes/{id}", scim::Handler::Types),
    provision(Method::GET, "/scim/v2/Schemas", scim::Handler::Schemas),
    provision(Method::GET, "/scim/v2/Schemas/{id}", scim::Handler::Schemas),
    provision(Method::GET, "/scim/v2/Users", scim::Handler::Users),
    provision(Method::POST, "/scim/v2/Users", scim::Handler::Users),
    provision(Method::GET, "/scim/v2/Users/{id}", scim::Handler::User),
    provision(Method::PUT, "/scim/v2/Users/{id}", scim::Handler::User),
    provision(Method::PATCH, "/scim/v2/Users/{id}", scim::Handler::User),
    provision(Method::DELETE, "/scim/v2/Users/{id}", scim::Handler::User),
    provision(Method::GET, "/scim/v2/Groups", scim::Handler::Groups),
    provision(Method::POST, "/scim/v2/Groups", scim::Handler::Groups),
    provision(Method::GET, "/scim/v2/Groups/{id}", scim::Handler::Group),
    provision(Method::PUT, "/scim/v2/Groups/{id}", scim::Handler::Group),
    provision(Method::PATCH, "/scim/v2/Groups/{id}", scim::Handler::Group),
    provision(Method::DELETE, "/scim/v2/Groups/{id}", scim::Handler::Group),
    admin(Method::GET, "/livez", Access::Open, admin::Handler::Livez),
    admin(Method::GET, "/readyz", Access::Open, admin::Handler::Readyz),
    admin(Method::GET, "/metrics", Access::Open, admin::Handler::Metrics),
    admin(Method::GET, "/openapi.json", Access::Open, admin::Handler::OpenApi),
    admin(Method::GET, "/admin/v1/policies", Access::Admin, admin::Handler::ListPolicies),
    admin(Method::GET, "/admin/v1/policies/{name}/revisions", Access::Admin, admin::Handler::ListRevisions),
    admin(Method::POST, "/admin/v1/policies/{name}/rollback", Access::Admin, admin::Handler::RollBackPolicy),
    admin(Method::GET, "/admin/v1/policies/{name}", Access::Admin, admin::Handler::ShowPolicy),
    admin(Method::PUT, "/admin/v1/policies/{name}", Access::Admin, admin::Handler::PutPolicy),
    admin(Method::DELETE, "/admin/v1/policies/{name}", Access::Admin, admin::Handler::DeletePolicy),
    admin(Method::POST, "/admin/v1/reload", Access::Admin, admin::Handler::Reload),
    admin(Method::POST, "/admin/v1/evaluate", Access::Admin, admin::Handler::Evaluate),
    admin(Method::GET, "/admin/v1/sessions", Access::Admin, admin::Handler::ListSessions),
    admin(Method::DELETE, "/admin/v1/sessions/{id}", Access::Admin, admin::Handler::EndSession),
    admin(Method::POST, "/admin/v1/tokens/revoke", Access::Admin, admin::Handler::RevokeTokens),
    admin(Method::GET, "/admin/v1/audit", Access::Admin, admin::Handler::ListAudit),
    admin(Method::GET, "/admin/v1/users", Access::Admin, admin::Handler::ListUsers),
    admin(Method::POST, "/admin/v1/users", Access::Admin, admin::Handler::InviteUser),
    admin(Method::POST, "/admin/v1/users/{id}/deactivate", Access::Admin, admin::Handler::DeactivateUser),
    admin(Method::POST, "/admin/v1/users/{id}/reactivate", Access::Admin, admin::Handler::ReactivateUser),
    admin(Method::POST, "/admin/v1/users/{id}/roles/grant", Access::Admin, admin::Handler::GrantRole),
    admin(Method::POST, "/admin/v1/users/{id}/roles/revoke", Access::Admin, admin::Handler::RevokeRole),
    admin(Method::PUT, "/admin/v1/users/{id}/team", Access::Admin, admin::Handler::SetTeam),
    admin(Method::POST, "/admin/v1/users/{id}/recover", Access::Admin, admin::Handler::RecoverUser),
    admin(Method::GET, "/admin/v1/users/{id}/factors", Access::Admin, admin::Handler::ListFactors),
    admin(Method::POST, "/admin/v1/users/{id}/factors/reset", Access::Admin, admin::Handler::ResetFactors),
    admin(Method::GET, "/admin/v1/users/{id}", Access::Admin, admin::Handler::ShowUser),
    admin(Method::GET, "/admin/v1/teams", Access::Admin, admin::Handler::ListTeams),
    admin(Method::POST, "/admin/v1/teams", Access::Admin, admin::Handler::CreateTeam),
    admin(Method::GET, "/admin/v1/keys", Access::Admin, admin::Handler::ListKeys),
    admin(Method::POST, "/admin/v1/keys", Access::Admin, admin::Handler::CreateKey),
    admin(Method::POST, "/admin/v1/keys/{id}/rotate", Access::Admin, admin::Handler::RotateKey),
    admin(Method::DELETE, "/admin/v1/keys/{id}", Access::Admin, admin::Handler::RevokeKey),
    admin(Method::GET, "/admin/v1/limits", Access::Admin, admin::Handler::ListLimits),
    admin(Method::POST, "/admin/v1/limits/{name}/reset", Access::Admin, admin::Handler::ResetLimit),
    admin(Method::GET, "/admin/v1/limits/{name}", Access::Admin, admin::Handler::ShowLimit),
    admin(Method::GET, "/admin/v1/bans", Access::Admin, admin::Handler::ListBans),
    admin(Method::POST, "/admin/v1/bans", Access::Admin, admin::Handler::AddBan),
    admin(Method::POST, "/admin/v1/bans/end", Access::Admin, admin::Handler::EndBan),
    admin(Method::POST, "/admin/v1/firewall/applied", Access::Admin, admin::Handler::RecordFirewall),
];

/// Finds the route and the value of its last segment.
pub fn find<'p>(plane: Plane, method: &Method, path: &'p str) -> Option<(&'static Route, Option<&'p str>)> {
    ROUTES
        .iter()
        .filter(|route| route.plane == plane && route.method == *method)
        .find_map(|route| matches(route.path, path).map(|rest| (route, rest)))
}

fn matches<'p>(pattern: &str, path: &'p str) -> Option<Option<&'p str>> {
    match pattern.split_once('{') {
        None => (pattern == path).then_some(None),
        Some((beginning, rest)) => {
            let value = path.strip_prefix(beginning)?;
            match rest.split_once('}').map(|(_, end)| end).filter(|end| !end.is_empty()) {
                // Between two parts of a path stands one segment; at its end any rest.
                Some(end) => value.strip_suffix(end).filter(|value| !value.contains('/')),
                None => Some(value),
            }
            .filter(|value| !value.is_empty())
            .map(Some)
        }
    }
}

/// Answers a request on the data plane.
pub(super) async fn data_plane(app: Arc<App>, request: Request<Incoming>) -> Response<Body> {
    let found = find(Plane::Data, request.method(), request.uri().path());
    match found.map(|(route, rest)| (route.target, rest.map(str::to_owned))) {
        // Boxed: they are large, and everything around would be moved with them.
        Some((Target::Prompt(surface), _)) => Box::pin(proxy::handle(app, surface, request)).await,
        Some((Target::Models, _)) => Box::pin(proxy::models::list(&app, &request)).await,
        Some((Target::Model, name)) => Box::pin(proxy::models::show(&app, &request, &name.unwrap_or_default())).await,
        Some((Target::Account(handler), id)) => Box::pin(account::handle(app, handler, id, request)).await,
        Some((Target::Factor(handler), id)) => Box::pin(factor::handle(&app, handler, id, request)).await,
        Some((Target::Login(handler), _)) => Box::pin(login::handle(&app, handler, request)).await,
        Some((Target::OAuth(handler), id)) => Box::pin(oauth2::handle(&app, handler, id, request)).await,
        Some((Target::Outside(handler), name)) => Box::pin(outside::handle(&app, handler, name, request)).await,
        Some((Target::Site(handler), _)) => Box::pin(site::handle(&app, handler, request)).await,
        Some((Target::Scim(handler), id)) => Box::pin(scim::handle(&app, handler, id, request)).await,
        None if request.uri().path().starts_with(scim::ROOT) => scim::no_route(&app, &request),
        Some((Target::Admin(_), _)) | None => no_route(&app, &request),
    }
}

/// Answers a request on the admin plane.
pub(super) async fn admin_plane(app: Arc<App>, request: Request<Incoming>) -> Response<Body> {
    let found = find(Plane::Admin, request.method(), request.uri().path());
    match found.map(|(route, rest)| (route, rest.map(str::to_owned))) {
        Some((Route { target: Target::Admin(handler), access, .. }, rest)) => {
            admin::handle(app, *handler, *access, rest, request).await
        }
        _ => no_route(&app, &request),
    }
}

fn no_route(app: &App, request: &Request<Incoming>) -> Response<Body> {
    let failure = Failure::NoRoute {
        method: request.method().to_string(),
        path: request.uri().path().chars().take(128).collect(),
    };
    failure.answer(proxy::dialect(request), &app.new_id())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(plane: Plane, method: Method, path: &str, expected: Option<&str>) {
        assert_eq!(find(plane, &method, path).map(|(route, _)| route.path), expected, "{method} {path}");
    }

    #[test]
    fn routes_are_found_on_their_own_plane_only() {
        check(Plane::Data, Method::POST, "/v1/messages", Some("/v1/messages"));
        check(Plane::Data, Method::GET, "/v1/models/org/name", Some("/v1/models/{model}"));
        check(Plane::Data, Method::GET, "/v1/models/", None);
        check(Plane::Admin, Method::POST, "/admin/v1/keys/key_a/rotate", Some("/admin/v1/keys/{id}/rotate"));
        check(Plane::Admin, Method::POST, "/admin/v1/keys/a/b/rotate", None);
        check(Plane::Admin, Method::POST, "/admin/v1/keys//rotate", None);
        check(Plane::Data, Method::GET, "/metrics", None);
        check(Plane::Admin, Method::GET, "/metrics", Some("/metrics"));
        check(Plane::Admin, Method::POST, "/v1/messages", None);
        check(Plane::Data, Method::POST, "/v1/unknown", None);
    }
}
