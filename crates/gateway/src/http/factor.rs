//! A person's own second factors, and showing again who one is: `/auth/v1/factors…`, `/auth/v1/step-up`.
//!
//! A cookie is taken together with the check against forged requests, like on the other routes of people. Whatever changes
//! a factor asks for somebody who showed lately who they are.

use std::sync::Arc;
use std::time::Duration;

use http::{Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use secrecy::SecretString;
use serde_json::json;
use wire::Dialect;

use super::account;
use super::body::{Body, read};
use super::login::form::{Confirm, Name, StepUp, proof};
use super::login::{answer, client, is_json, keep_out, parse};
use crate::app::App;
use crate::auth::Identity;
use crate::auth::login::{ClientInfo, LoginError};
use crate::auth::mfa::{Level, MfaError, fresh, shown};
use crate::auth::user::UserInfo;
use crate::error::{Failure, stamp};
use crate::proxy::authenticate::has_credential;

const BODY_BYTES_MAX: usize = 4 * 1024;
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// The handlers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handler {
    /// Show again who one is.
    StepUp,
    /// One's own factors.
    List,
    /// Begin to add an authenticator app.
    EnrolTotp,
    /// Confirm it with its first code.
    ConfirmTotp,
    /// Make new recovery codes.
    RenewCodes,
    /// Remove a factor.
    Remove,
}

type Answer = Result<Response<Body>, Failure>;

/// Who asks, and with what.
struct Asked {
    identity: Arc<Identity>,
    client: ClientInfo,
    /// Whether cookies say who asks, and tokens go back as cookies.
    is_browser: bool,
    body: bytes::Bytes,
}

/// Answers a request.
pub(super) async fn handle(
    app: &Arc<App>,
    handler: Handler,
    id: Option<String>,
    request: Request<Incoming>,
) -> Response<Body> {
    let request_id = app.new_id();
    match admitted(app, handler, id, request).await {
        Ok(mut response) => {
            stamp(&mut response, &request_id);
            response
        }
        Err(failure) => {
            if failure.status() == StatusCode::SERVICE_UNAVAILABLE {
                let error = &failure as &dyn std::error::Error;
                tracing::error!(error, request_id, "a second factor was not served");
            }
            failure.answer(Dialect::OpenAi, &request_id)
        }
    }
}

async fn admitted(app: &App, handler: Handler, id: Option<String>, request: Request<Incoming>) -> Answer {
    let identity = account::person(app, &request).await?;
    if request.method() == Method::POST && !is_json(request.headers()) {
        return Err(Failure::NotJson);
    }
    let (client, is_browser) = (client(&request), !has_credential(request.headers()));
    let body = read(request, BODY_BYTES_MAX, BODY_TIMEOUT).await?;
    let asked = Asked { identity, client, is_browser, body };
    if handler == Handler::StepUp {
        return step_up(app, asked).await;
    }
    if handler != Handler::List {
        demand(app, &asked.identity, None).await?;
    }
    let user = app.users().show(&asked.identity.actor).await.map_err(LoginError::from)?;
    changed(app, handler, (&user, &id.unwrap_or_default()), &asked.body).await.map_err(LoginError::from)?
}

async fn changed(app: &App, handler: Handler, (user, id): (&UserInfo, &str), body: &[u8]) -> Result<Answer, MfaError> {
    let factors = app.factors();
    let said = match handler {
        Handler::StepUp | Handler::List => {
            let (own, left) = factors.list(user).await?;
            json!({ "factors": own, "recovery_codes_left": left })
        }
        Handler::EnrolTotp => match parse::<Name>(body, "an object with perhaps `name`") {
            Ok(form) => json!(factors.enrol_totp(user, &form.name).await?),
            Err(failure) => return Ok(Err(failure)),
        },
        Handler::ConfirmTotp => match parse::<Confirm>(body, "an object with `factor` and `code`") {
            Ok(form) => {
                let codes = factors.confirm(user, Some(&form.factor), &form.code, false).await?;
                with_codes(json!({ "confirmed": form.factor }), &codes)
            }
            Err(failure) => return Ok(Err(failure)),
        },
        Handler::RenewCodes => with_codes(json!({}), &factors.renew_codes(user).await?),
        Handler::Remove => {
            factors.remove(user, id).await?;
            json!({ "removed": id })
        }
    };
    Ok(Ok(answer(StatusCode::OK, &said)))
}

fn with_codes(mut said: serde_json::Value, codes: &[SecretString]) -> serde_json::Value {
    if !codes.is_empty() {
        said["recovery_codes"] = json!(shown(codes));
    }
    said
}

/// Takes password and code, and puts a new session in the place of the one that asks.
async fn step_up(app: &App, asked: Asked) -> Answer {
    let form: StepUp =
        parse(&asked.body, "an object with `password`, and `code` or `recovery_code` with a second factor")?;
    let Asked { identity, client, is_browser, .. } = asked;
    let session = identity.session.as_deref().unwrap_or_default();
    let proof = proof(form.code, form.recovery_code);
    let given = (&form.password, proof.as_ref());
    let logged_in = app.logins.step_up(&identity.actor, session, given, &client).await?;
    let level = logged_in.level().acr();
    let issued = app.tokens.step_up(session, logged_in.amr(), level, &identity.actor).await;
    let issued = issued.map_err(account::unavailable)?;
    keep_out(app, &logged_in, &issued).await?;
    let mut body = if is_browser { account::described(&issued) } else { json!(issued) };
    body["acr"] = json!(level);
    let mut response = answer(StatusCode::OK, &body);
    if is_browser {
        account::put_cookies(app, &mut response, &issued);
    }
    Ok(response)
}

/// Asks for somebody who showed lately who they are: as strongly as `level`, or as their factors and roles ask for.
pub(super) async fn demand(app: &App, identity: &Identity, level: Option<Level>) -> Result<(), Failure> {
    let level = match level {
        Some(level) => level,
        None => app.factors().level(&identity.actor).await.map_err(LoginError::from)?,
    };
    Ok(fresh(identity, app.clock.now(), level, app.factors().fresh_s())?)
}
