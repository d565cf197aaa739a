//! `GET /v1/models`: what this key may ask for, from the configuration, in the form of either protocol.

use std::sync::Arc;

use http::header::CONTENT_TYPE;
use http::{HeaderValue, Request, Response};
use hyper::body::Incoming;
use serde_json::{Value, json};
use wire::Dialect;

use super::authenticate::authenticate;
use super::dialect;
use crate::app::App;
use crate::data::access::{Action, Kind, Resource};
use crate::error::{Failure, stamp};
use crate::http::body::{Body, full};

/// Lists the models. A name with `*` stands for many and is listed as it is written.
pub async fn list(app: &Arc<App>, request: &Request<Incoming>) -> Response<Body> {
    answer(app, request, |dialect, names| {
        let data: Vec<Value> = names.iter().map(|name| model(dialect, name)).collect();
        match dialect {
            Dialect::OpenAi => Ok(json!({ "object": "list", "data": data })),
            Dialect::Anthropic => {
                Ok(json!({ "data": data, "has_more": false, "first_id": names.first(), "last_id": names.last() }))
            }
        }
    })
    .await
}

/// Shows one model.
pub async fn show(app: &Arc<App>, request: &Request<Incoming>, name: &str) -> Response<Body> {
    answer(app, request, |dialect, names| {
        let known = names.iter().any(|pattern| crate::model::policy::select::names(pattern, name));
        if known { Ok(model(dialect, name)) } else { Err(Failure::NoModel(name.chars().take(128).collect())) }
    })
    .await
}

async fn answer(
    app: &Arc<App>,
    request: &Request<Incoming>,
    body: impl FnOnce(Dialect, &[String]) -> Result<Value, Failure>,
) -> Response<Body> {
    let id = app.new_id();
    let dialect = dialect(request);
    let json = authenticate(app, request).await.and_then(|identity| {
        let route = Resource::new(Kind::Route, "/v1/models", &identity.tenant);
        app.access.authorize(&identity, Action::ModelList, &route)?;
        let live = app.live();
        let names: Vec<String> = live
            .config
            .models
            .iter()
            .map(|model| model.name.clone())
            .filter(|name| identity.may_use_model(name))
            .collect();
        body(dialect, &names)
    });
    match json {
        Ok(json) => {
            let mut response = Response::new(full(json.to_string()));
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            stamp(&mut response, &id);
            response
        }
        Err(failure) => failure.answer(dialect, &id),
    }
}

fn model(dialect: Dialect, name: &str) -> Value {
    match dialect {
        Dialect::OpenAi => json!({ "id": name, "object": "model", "created": 0, "owned_by": "portcullis" }),
        Dialect::Anthropic => {
            json!({ "type": "model", "id": name, "display_name": name, "created_at": "1970-01-01T00:00:00Z" })
        }
    }
}
