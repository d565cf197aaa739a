//! The OpenAPI document of the admin plane, from the handlers themselves.

use utoipa::OpenApi;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{RefOr, Response};

#[derive(OpenApi)]
#[openapi(
    info(title = "Portcullis admin API", description = "Policies, people, keys, evaluation and audit of a Portcullis gateway."),
    paths(
        super::policy::list,
        super::policy::show,
        super::policy::put,
        super::policy::delete,
        super::revision::list,
        super::revision::go_back,
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
        super::ban::end,
        super::firewall::record
    ),
    modifiers(&Key, &Refusals)
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

/// What any request may be answered before its handler is asked, or by the reader of its body or query.
struct Refusals;

const REFUSALS: [(&str, &str); 6] = [
    ("400", "The request is not what the operation takes"),
    ("401", "No valid key or token"),
    ("403", "The key or token may not do this, or the request looks like an attack"),
    ("413", "The body is too large"),
    ("429", "Too many requests"),
    ("503", "The gateway cannot answer now"),
];

impl utoipa::Modify for Refusals {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        for item in document.paths.paths.values_mut() {
            let operations = [&mut item.get, &mut item.put, &mut item.post, &mut item.patch, &mut item.delete];
            operations.into_iter().flatten().for_each(refuse);
        }
    }
}

fn refuse(operation: &mut Operation) {
    operation.security.get_or_insert_default().push(SecurityRequirement::new("key", Vec::<String>::new()));
    for (status, why) in REFUSALS {
        let known = operation.responses.responses.entry(status.to_owned());
        known.or_insert_with(|| RefOr::T(Response::new(why)));
    }
}

/// The document as JSON.
pub(super) fn document() -> String {
    Document::openapi().to_json().unwrap_or_default()
}
