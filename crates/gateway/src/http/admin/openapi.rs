//! The OpenAPI document of the admin plane, from the handlers themselves.

use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};

#[derive(OpenApi)]
#[openapi(
    info(title = "Portcullis admin API", description = "Policies, people, keys, evaluation and audit of a Portcullis gateway."),
    paths(
        super::policy::list,
        super::policy::show,
        super::policy::put,
        super::policy::delete,
        super::policy::reload,
        super::policy::evaluate,
        super::session::list,
        super::session::end,
        super::session::revoke,
        super::audit::list,
        super::user::list,
        super::user::invite,
        super::user::show,
        super::user::deactivate,
        super::user::reactivate,
        super::user::grant,
        super::user::revoke,
        super::user::set_team,
        super::user::recover,
        super::user::factors,
        super::user::reset_factors,
        super::team::list,
        super::team::create,
        super::key::list,
        super::key::create,
        super::key::rotate,
        super::key::revoke,
        super::limit::list,
        super::limit::show,
        super::limit::reset,
        super::ban::list,
        super::ban::add,
        super::ban::end
    ),
    modifiers(&Key)
)]
struct Document;

/// An API key with the scope `admin`.
struct Key;

impl utoipa::Modify for Key {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build());
        document.components.get_or_insert_default().add_security_scheme("key", scheme);
    }
}

/// The document as JSON.
pub(super) fn document() -> String {
    Document::openapi().to_json().unwrap_or_default()
}
