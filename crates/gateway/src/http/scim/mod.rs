//! SCIM 2.0 (RFC 7643, RFC 7644): identity providers make, change and delete users and groups of one tenant.
//!
//! Every route asks for a token of `portcullis scim token create`, which opens nothing else; no other key or token opens
//! these. What is read from a body is a list of attributes, so that nothing else of a user can be written.

mod filter;
mod group;
mod patch;
mod problem;
mod query;
mod resource;
mod schema;
mod user;

use std::sync::Arc;
use std::time::Duration;

use http::header::{AUTHORIZATION, CONTENT_TYPE, ETAG, HOST, IF_MATCH, IF_NONE_MATCH};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use serde_json::{Value, json};

use super::account;
use super::body::{Body, full, read};
use super::login;
use super::router::{self, Plane};
use crate::app::App;
use crate::auth::scim::Provisioner;
use crate::error::stamp;
use crate::infra::monitor::metric::ScimLabels;
use problem::Problem;
use query::Query;
use resource::{Shown, json_answer};

/// The media type of SCIM.
const MEDIA_TYPE: &str = "application/scim+json";
/// Where these routes are.
pub(super) const ROOT: &str = "/scim/v2";
const BODY_BYTES_MAX: usize = 256 * 1024;
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// The handlers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handler {
    /// What is supported.
    Config,
    /// Types of resources, or one of them.
    Types,
    /// Schemas, or one of them.
    Schemas,
    /// All users.
    Users,
    /// One user.
    User,
    /// All groups.
    Groups,
    /// One group.
    Group,
}

/// A request, read.
struct Asked {
    by: Provisioner,
    method: Method,
    headers: HeaderMap,
    query: Query,
    id: String,
    body: Value,
}

impl Handler {
    /// As metrics name it.
    fn name(self) -> &'static str {
        match self {
            Self::Config | Self::Types | Self::Schemas => "discovery",
            Self::Users | Self::User => "users",
            Self::Groups | Self::Group => "groups",
        }
    }
}

/// Answers a request.
pub(super) async fn handle(
    app: &Arc<App>,
    handler: Handler,
    id: Option<String>,
    mut request: Request<Incoming>,
) -> Response<Body> {
    account::name_host(&mut request);
    let mut response = match answered(app, handler, id.unwrap_or_default(), request).await {
        Ok(response) => response,
        Err(problem) => problem.answer(),
    };
    let outcome = match response.status() {
        status if status.is_success() || status == StatusCode::NOT_MODIFIED => "served",
        StatusCode::UNAUTHORIZED | StatusCode::TOO_MANY_REQUESTS => "unauthenticated",
        status if status.is_client_error() => "refused",
        _ => "failed",
    };
    app.metrics.scim.get_or_create(&ScimLabels { resource: handler.name(), outcome }).inc();
    stamp(&mut response, &app.new_id());
    response
}

/// Answers what no route is for: a method that a resource does not have, or something that is not supported.
pub(super) fn no_route(app: &App, request: &Request<Incoming>) -> Response<Body> {
    let path = request.uri().path();
    let methods = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
    let rest = path.strip_prefix(ROOT).unwrap_or_default();
    let problem = if rest.ends_with("/.search") || ["/Bulk", "/Me", "", "/"].contains(&rest) {
        Problem::new(StatusCode::NOT_IMPLEMENTED, "this part of SCIM is not supported")
    } else if methods.iter().any(|method| router::find(Plane::Data, method, path).is_some()) {
        Problem::new(StatusCode::METHOD_NOT_ALLOWED, "this resource does not have this method")
    } else {
        Problem::new(StatusCode::NOT_FOUND, "there is no such resource")
    };
    let mut response = problem.answer();
    stamp(&mut response, &app.new_id());
    response
}

async fn answered(
    app: &Arc<App>,
    handler: Handler,
    id: String,
    request: Request<Incoming>,
) -> Result<Response<Body>, Problem> {
    let ip = login::client(&request).ip;
    let by = app.scim().verify(bearer(request.headers()), ip).await?;
    let query = Query::of(request.uri().query(), base(app, request.headers()))?;
    let (method, headers) = (request.method().clone(), request.headers().clone());
    let body = if matches!(method, Method::POST | Method::PUT | Method::PATCH) {
        if !is_json(&headers) {
            let detail = format!("the body must be `{MEDIA_TYPE}`");
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail));
        }
        let bytes = read(request, BODY_BYTES_MAX, BODY_TIMEOUT).await?;
        let body = serde_json::from_slice::<Value>(&bytes).ok().filter(Value::is_object);
        body.ok_or_else(|| Problem::bad("invalidSyntax", "the body must be a JSON object"))?
    } else {
        Value::Null
    };
    let asked = Asked { by, method, headers, query, id, body };
    match handler {
        Handler::Config => Ok(json_answer(StatusCode::OK, &schema::config(&asked.query.base))),
        Handler::Types => discovered(&asked, schema::types(&asked.query.base)),
        Handler::Schemas => discovered(&asked, schema::schemas(&asked.query.base)),
        Handler::Users | Handler::User => users(app, asked).await,
        Handler::Groups | Handler::Group => groups(app, asked).await,
    }
}

async fn users(app: &App, asked: Asked) -> Result<Response<Body>, Problem> {
    let Asked { by, method, query, id, body, headers } = asked;
    if id.is_empty() {
        return if method == Method::POST {
            Ok(user::create(app, &by, &body).await?.answer(StatusCode::CREATED, &query))
        } else {
            Ok(json_answer(StatusCode::OK, &user::list(app, &by, &query).await?))
        };
    }
    let is_read = method == Method::GET;
    let _turn = if is_read { None } else { Some(app.scim().turn().await) };
    let person = app.scim().person(by.tenant(), &id).await?;
    let before = user::shown(&person);
    if let Some(response) = conditional(&headers, &before, is_read)? {
        return Ok(response);
    }
    let shown = match method {
        Method::PUT => user::replace(app, &by, person, &body).await?,
        Method::PATCH => user::patch(app, &by, person, &body).await?,
        Method::DELETE => {
            app.scim().delete(&by, &person).await?;
            return Ok(nothing());
        }
        _ => before,
    };
    Ok(shown.answer(StatusCode::OK, &query))
}

async fn groups(app: &App, asked: Asked) -> Result<Response<Body>, Problem> {
    let Asked { by, method, query, id, body, headers } = asked;
    if id.is_empty() {
        return if method == Method::POST {
            Ok(group::create(app, &by, &query.base, &body).await?.answer(StatusCode::CREATED, &query))
        } else {
            Ok(json_answer(StatusCode::OK, &group::list(app, &by, &query).await?))
        };
    }
    let is_read = method == Method::GET;
    let _turn = if is_read { None } else { Some(app.scim().turn().await) };
    let found = app.scim().group(by.tenant(), &id).await?;
    let before = group::shown(&found, &query.base);
    if let Some(response) = conditional(&headers, &before, is_read)? {
        return Ok(response);
    }
    let shown = match method {
        Method::PUT => group::replace(app, &by, &query.base, found, &body).await?,
        Method::PATCH => group::patch(app, &by, &query.base, found, &body).await?,
        Method::DELETE => {
            app.scim().delete_group(&by, &found, &app.live().config.scim).await?;
            return Ok(nothing());
        }
        _ => before,
    };
    Ok(shown.answer(StatusCode::OK, &query))
}

/// Answers what a condition on the version decides.
fn conditional(headers: &HeaderMap, shown: &Shown, is_read: bool) -> Result<Option<Response<Body>>, Problem> {
    let version = shown.version();
    let names = |name| {
        let text = headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok())?;
        Some(text.split(',').any(|other| other.trim() == "*" || other.trim() == version))
    };
    if names(IF_MATCH) == Some(false) {
        let detail = "the resource was changed meanwhile: read it again";
        return Err(Problem::new(StatusCode::PRECONDITION_FAILED, detail));
    }
    if is_read && names(IF_NONE_MATCH) == Some(true) {
        let mut response = nothing();
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        if let Ok(value) = HeaderValue::from_str(&version) {
            response.headers_mut().insert(ETAG, value);
        }
        return Ok(Some(response));
    }
    Ok(None)
}

/// All of what is told about itself, or the one of this id.
fn discovered(asked: &Asked, all: Vec<Value>) -> Result<Response<Body>, Problem> {
    if asked.id.is_empty() {
        let body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
            "totalResults": all.len(), "startIndex": 1, "itemsPerPage": all.len(), "Resources": all,
        });
        return Ok(json_answer(StatusCode::OK, &body));
    }
    let found = all.into_iter().find(|one| one["id"] == asked.id.as_str());
    let found = found.ok_or_else(|| Problem::new(StatusCode::NOT_FOUND, "there is no such resource"))?;
    Ok(json_answer(StatusCode::OK, &found))
}

fn nothing() -> Response<Body> {
    let mut response = Response::new(full(""));
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut lines = headers.get_all(AUTHORIZATION).iter();
    let (line, more) = (lines.next()?, lines.next());
    let (scheme, token) = line.to_str().ok().filter(|_| more.is_none())?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case(MEDIA_TYPE) || kind.eq_ignore_ascii_case("application/json")
}

/// Where these routes are: below the public address, or below the request's host.
fn base(app: &App, headers: &HeaderMap) -> String {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    let origin = app.csrf.origin().map_or_else(|| format!("http://{host}"), str::to_owned);
    format!("{origin}{ROOT}")
}
