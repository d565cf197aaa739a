//! A person's own identities at outside providers.

use std::sync::Arc;

use http::{HeaderMap, Request, StatusCode};
use hyper::body::Incoming;
use serde_json::json;

use super::{Answer, BROWSER, bind};
use crate::app::App;
use crate::auth::cookie;
use crate::auth::login::LoginError;
use crate::auth::outside::OutsideError;
use crate::auth::outside::flow::{Begun, Flow, Link};
use crate::error::Failure;
use crate::http::login::answer;
use crate::http::{account, factor};

/// What one has linked, and could link.
pub(super) async fn list(app: &Arc<App>, request: &Request<Incoming>) -> Answer {
    let identity = account::person(app, request).await?;
    let identities = app.outside().list(&identity.actor).await?;
    let providers = app.outside().choices(&identity.tenant);
    Ok(answer(StatusCode::OK, &json!({ "identities": identities, "providers": providers })))
}

/// Begins to link an identity: says where the browser has to go. Who asks has shown lately who they are.
pub(super) async fn link(app: &Arc<App>, name: &str, request: &Request<Incoming>) -> Answer {
    let identity = account::person(app, request).await?;
    factor::demand(app, &identity, None).await?;
    let epoch = app.users().epoch(&identity.actor).await.map_err(LoginError::from)?.ok_or(Failure::Unauthenticated)?;
    let session = identity.session.clone().unwrap_or_default();
    let link = Link { user: identity.actor.clone(), session, epoch };
    let begun = begin_link(app, name, (&identity.tenant, link), request.headers()).await?;
    let mut response = answer(StatusCode::OK, &json!({ "location": begun.location }));
    bind(&mut response, &begun);
    Ok(response)
}

/// Begins to link an identity at a provider of this tenant to an account.
pub(in crate::http) async fn begin_link(
    app: &App,
    name: &str,
    (tenant, link): (&str, Link),
    headers: &HeaderMap,
) -> Result<Begun, OutsideError> {
    if app.outside().choices(tenant).iter().all(|choice| choice.name != name) {
        return Err(OutsideError::NoProvider);
    }
    let flow = Flow { link: Some(link), ..Flow::default() };
    app.outside().begin(name, flow, cookie::value(headers, BROWSER)).await
}

/// Unlinks an identity.
pub(super) async fn unlink(app: &Arc<App>, id: &str, request: &Request<Incoming>) -> Answer {
    let identity = account::person(app, request).await?;
    factor::demand(app, &identity, None).await?;
    app.outside().unlink(&identity.actor, id).await?;
    Ok(answer(StatusCode::OK, &json!({ "unlinked": id })))
}
