//! A person's own second factors, and showing again who one is: `/auth/v1/factors…`, `/auth/v1/step-up`.
//!
//! A cookie is taken together with the check against forged requests, like on the other routes of people. Whatever changes
//! a factor asks for somebody who showed lately who they are.

use std::sync::Arc;
use std::time::Duration;

use http::{Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use secrecy::SecretString;
use serde_json::{Value, json};
use wire::Dialect;

use super::account;
use super::body::{Body, read};
use super::login::form::{Confirm, Empty, Name, NewPasskey, Rename, StepUp, proof};
use super::login::{answer, asking, client, is_json, keep_out, parse};
use crate::app::App;
use crate::auth::Identity;
use crate::auth::login::{ClientInfo, LoginError};
use crate::auth::mfa::{Level, fresh, shown};
use crate::auth::user::UserInfo;
use crate::error::{Failure, stamp};
use crate::proxy::authenticate::has_credential;

const BODY_BYTES_MAX: usize = 16 * 1024;
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// The handlers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handler {
    /// Show again who one is.
    StepUp,
    /// Ask how a passkey can show it.
    StepUpOptions,
    /// One's own factors.
    List,
    /// Begin to add an authenticator app.
    EnrolTotp,
    /// Confirm it with its first code.
    ConfirmTotp,
    /// Ask how a passkey can be added.
    PasskeyOptions,
    /// Add it.
    AddPasskey,
    /// Make new recovery codes.
    RenewCodes,
    /// Give a factor another name.
    Rename,
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
    if matches!(*request.method(), Method::POST | Method::PATCH) && !is_json(request.headers()) {
        return Err(Failure::NotJson);
    }
    let (client, is_browser) = (client(&request), !has_credential(request.headers()));
    let body = read(request, BODY_BYTES_MAX, BODY_TIMEOUT).await?;
    let asked = Asked { identity, client, is_browser, body };
    if handler == Handler::StepUp {
        return step_up(app, asked).await;
    }
    let session = asked.identity.session.as_deref().unwrap_or_default();
    if handler == Handler::StepUpOptions {
        parse::<Empty>(&asked.body, "an empty object")?;
        return Ok(asking(&app.logins.step_up_options(&asked.identity.actor, session).await?));
    }
    if handler != Handler::List {
        demand(app, &asked.identity, None).await?;
    }
    let user = app.users().show(&asked.identity.actor).await.map_err(LoginError::from)?;
    let said = match handler {
        Handler::PasskeyOptions => {
            parse::<Empty>(&asked.body, "an empty object")?;
            return Ok(asking(&app.factors().creation_options(&user, session).await?));
        }
        Handler::AddPasskey => add_passkey(app, (&user, session), &asked.body).await?,
        _ => changed(app, handler, (&user, &id.unwrap_or_default()), &asked.body).await?,
    };
    Ok(answer(StatusCode::OK, &said))
}

async fn add_passkey(app: &App, of: (&UserInfo, &str), body: &[u8]) -> Result<Value, Failure> {
    let form: NewPasskey = parse(body, "an object with `registration`, and perhaps `name`")?;
    let (id, codes) = app.factors().add_passkey(of, &form.name, &form.registration, false).await?;
    Ok(with_codes(json!({ "confirmed": id }), &codes))
}

/// Lists or changes; the questions and answers of passkeys and step-up are served before.
async fn changed(app: &App, handler: Handler, (user, id): (&UserInfo, &str), body: &[u8]) -> Result<Value, Failure> {
    let factors = app.factors();
    match handler {
        Handler::EnrolTotp => {
            let form: Name = parse(body, "an object with perhaps `name`")?;
            Ok(json!(factors.enrol_totp(user, &form.name).await?))
        }
        Handler::ConfirmTotp => {
            let form: Confirm = parse(body, "an object with `factor` and `code`")?;
            let codes = factors.confirm(user, Some(&form.factor), &form.code, false).await?;
            Ok(with_codes(json!({ "confirmed": form.factor }), &codes))
        }
        Handler::RenewCodes => Ok(with_codes(json!({}), &factors.renew_codes(user).await?)),
        Handler::Rename => {
            let form: Rename = parse(body, "an object with `name`")?;
            factors.rename(user, id, &form.name).await?;
            Ok(json!({ "renamed": id }))
        }
        Handler::Remove => {
            factors.remove(user, id).await?;
            Ok(json!({ "removed": id }))
        }
        _ => {
            let (own, left) = factors.list(user).await?;
            Ok(json!({ "factors": own, "recovery_codes_left": left }))
        }
    }
}

fn with_codes(mut said: Value, codes: &[SecretString]) -> Value {
    if !codes.is_empty() {
        said["recovery_codes"] = json!(shown(codes));
    }
    said
}

/// Takes password and code, and puts a new session in the place of the one that asks.
async fn step_up(app: &App, asked: Asked) -> Answer {
    let shape = "an object with `passkey`, or with `password`, and with `code` or `recovery_code` with a second factor";
    let form: StepUp = parse(&asked.body, shape)?;
    if form.password.is_none() && form.passkey.is_none() {
        return Err(Failure::Form(shape));
    }
    let Asked { identity, client, is_browser, .. } = asked;
    let session = identity.session.as_deref().unwrap_or_default();
    let proof = proof(form.code, form.recovery_code, form.passkey);
    let given = (form.password.as_ref(), proof.as_ref());
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
