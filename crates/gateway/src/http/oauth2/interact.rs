//! The person in between: logs in, decides, and is led back.

use std::sync::Arc;

use http::header::{SET_COOKIE, USER_AGENT};
use http::{HeaderMap, HeaderValue, Response, StatusCode};

use super::Asked;
use super::answer::{Answer, Wrong, back, page, redirect};
use super::person::Person;
use crate::app::App;
use crate::auth::cookie;
use crate::auth::jwt::revocation::Subject;
use crate::auth::login::LoginError;
use crate::auth::mfa::{Level, Stale};
use crate::auth::oauth2::client::Client;
use crate::auth::oauth2::code::{Approval, Grant};
use crate::auth::oauth2::flow::Flow;
use crate::auth::oauth2::request::Request;
use crate::auth::oauth2::{OAuthError, redirect as address, scope};
use crate::data::access;
use crate::error::Failure;
use crate::http::account;
use crate::http::body::Body;
use crate::http::login::{self, origin};
use crate::http::page::{self, Page, Texts};

/// Binds the forms of somebody who is not logged in yet to their browser.
const FLOW: &str = "__Host-portcullis-flow";

/// Asks what has to be asked next, or answers.
pub(super) async fn proceed(app: &Arc<App>, asked: &Asked, id: &str, flow: Flow) -> Answer {
    let client = app.oauth().client(flow.client()).await?;
    let Some(person) = logged_in(app, asked, &flow, &client).await? else {
        return match &flow {
            Flow::Code(request) if request.has_prompt("none") => refuse(app, id, request, "login_required").await,
            _ => login_page(app, asked, (id, &flow), &client, None),
        };
    };
    let scopes = scope::granted(flow.scopes(), &access::scopes(&person.user.roles));
    let is_remembered = app.oauth().has_consent(person.user.id.as_str(), &client.id, &scopes).await?;
    let mut response = match &flow {
        Flow::Code(request) if scopes.is_empty() => refuse(app, id, request, "access_denied").await?,
        Flow::Code(request) if is_remembered && may_go_unasked(&client, request) => {
            finish(app, id, request, approval(&person, scopes)).await?
        }
        Flow::Code(request) if request.has_prompt("none") => refuse(app, id, request, "consent_required").await?,
        _ => consent_page(app, asked, (id, &flow), &client, (&person, &scopes)),
    };
    person.remember(app, &mut response);
    Ok(response)
}

/// Whether a consent of before is enough. Another app on the same machine can pass for a native one, whose address
/// nobody owns, so that is asked about each time (RFC 8252, 8.6).
fn may_go_unasked(client: &Client, request: &Request) -> bool {
    let is_owned = client.is_confidential() || request.redirect_uri.starts_with("https://");
    is_owned && !request.has_prompt("consent")
}

/// The person of this tenant, logged in recently enough.
async fn logged_in(app: &App, asked: &Asked, flow: &Flow, client: &Client) -> Result<Option<Person>, Wrong> {
    let headers = asked.head.headers();
    if let Flow::Device { browser, .. } = flow
        && cookie::value(headers, FLOW) != Some(browser.as_str())
    {
        app.oauth().refuse("device_of_another_browser", &client.id);
        return Err(OAuthError::request("enter the code in this browser").into());
    }
    let person = Person::of(app, headers).await?;
    Ok(person.filter(|person| {
        let is_recent = match flow {
            Flow::Code(request) => request.takes_login_of(person.session.auth_time.as_second()),
            Flow::Device { .. } => true,
        };
        person.user.tenant == client.tenant && is_recent
    }))
}

/// Goes on after a login, or after another site led here.
pub(super) async fn go_on(app: &Arc<App>, asked: &Asked) -> Answer {
    let id = asked.query.need("flow", "`flow` is missing")?;
    let flow = app.oauth().flow(id).await?;
    proceed(app, asked, id, flow).await
}

/// Takes address and password.
pub(super) async fn log_in(app: &Arc<App>, asked: &Asked) -> Answer {
    let id = from_own_form(app, asked)?;
    let flow = app.oauth().flow(id).await?;
    let client = app.oauth().client(flow.client()).await?;
    let headers = asked.head.headers();
    let before = Person::of(app, headers).await?;
    let email = asked.form.value("email").unwrap_or_default();
    let password = asked.form.value("password").unwrap_or_default().into();
    let agent = headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let visit = login::Visit { client: &asked.client, agent, is_browser: true };
    let shown = app.logins.password(&client.tenant, email, &password, &asked.client).await.map_err(Failure::from);
    login::count(app, shown.as_ref().err());
    let entered = match shown {
        Ok(entered) => entered,
        Err(Failure::Login(error @ (LoginError::Refused | LoginError::Wait { .. } | LoginError::Work { .. }))) => {
            return login_page(app, asked, (id, &flow), &client, Some(&error));
        }
        Err(failure) => return Err(failure.into()),
    };
    let issued = match login::enter(app, &entered, &visit).await? {
        login::Entered::Session(issued) => issued,
        // A session that has the second factor already is taken over by this page.
        login::Entered::Challenge(_) => {
            let missing = LoginError::Stale(Stale { level: Level::Two, max_age_s: 0 });
            return login_page(app, asked, (id, &flow), &client, Some(&missing));
        }
    };
    if let Some(before) = before {
        // A login takes the place of the one before.
        let subject = Subject::Session(before.session.id);
        app.tokens.revoke(&subject, "renewed", entered.user().as_str()).await?;
    }
    let mut response = redirect(&format!("/oauth2/continue?flow={id}"))?;
    account::put_cookies(app, &mut response, &issued);
    if let Some(cookie) = entered.device_cookie().and_then(login::device_cookie) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Takes a decision.
pub(super) async fn decide(app: &Arc<App>, asked: &Asked) -> Answer {
    origin::check(asked.head.headers(), app.csrf.origin())?;
    let id = asked.form.need("flow", "`flow` is missing")?;
    let flow = app.oauth().flow(id).await?;
    let client = app.oauth().client(flow.client()).await?;
    let Some(person) = logged_in(app, asked, &flow, &client).await? else {
        return redirect(&format!("/oauth2/continue?flow={id}"));
    };
    let token = asked.form.value("csrf").unwrap_or_default();
    if !app.csrf.is_token(&consent_name(&person, id), token) {
        app.oauth().refuse("csrf", &client.id);
        return Err(Failure::CrossSite.into());
    }
    let is_allowed = asked.form.value("decision") == Some("allow");
    let scopes = scope::granted(flow.scopes(), &access::scopes(&person.user.roles));
    let texts = Texts::of(asked.head.headers());
    let mut response = match flow {
        Flow::Code(request) if is_allowed && !scopes.is_empty() => {
            let who = (person.user.id.as_str(), person.user.tenant.as_str());
            app.oauth().consent(who, &client.id, &scopes).await?;
            finish(app, id, &request, approval(&person, scopes)).await?
        }
        Flow::Code(request) => refuse(app, id, &request, "access_denied").await?,
        Flow::Device { user_code, .. } => {
            end(app, id).await?;
            let approval = is_allowed.then(|| approval(&person, scopes));
            app.oauth().decide(&user_code, approval.as_ref()).await?;
            let says = if is_allowed { texts.done_says } else { texts.denied_says };
            page(texts, StatusCode::OK, texts.done, page::message(says, None))
        }
    };
    person.remember(app, &mut response);
    Ok(response)
}

/// Sends the code.
async fn finish(app: &App, id: &str, request: &Request, approval: Approval) -> Answer {
    end(app, id).await?;
    let grant = Grant {
        approval,
        redirect_uri: request.redirect_uri.clone(),
        challenge: request.challenge.clone(),
        nonce: request.nonce.clone(),
        dpop_jkt: request.dpop_jkt.clone(),
    };
    let code = app.oauth().issue_code(&request.client, &grant).await?;
    back(&request.redirect_uri, app.oauth().issuer()?, request.state.as_deref(), &[("code", &code)])
}

/// Says no to the client.
async fn refuse(app: &App, id: &str, request: &Request, error: &str) -> Answer {
    end(app, id).await?;
    back(&request.redirect_uri, app.oauth().issuer()?, request.state.as_deref(), &[("error", error)])
}

/// One answer is given to each question.
async fn end(app: &App, id: &str) -> Result<(), OAuthError> {
    match app.oauth().end_flow(id).await? {
        true => Ok(()),
        false => Err(OAuthError::request("this was answered before")),
    }
}

fn approval(person: &Person, scopes: Vec<String>) -> Approval {
    Approval {
        user: person.user.id.to_string(),
        epoch: person.user.epoch,
        login: person.session.id.clone(),
        auth_time: person.session.auth_time.as_second(),
        amr: person.session.amr.clone(),
        acr: person.session.acr.clone(),
        scopes,
    }
}

fn login_page(
    app: &App,
    asked: &Asked,
    (id, flow): (&str, &Flow),
    client: &Client,
    error: Option<&LoginError>,
) -> Answer {
    let texts = Texts::of(asked.head.headers());
    let (status, says) = match error {
        None => (StatusCode::OK, None),
        Some(LoginError::Refused) => (StatusCode::UNAUTHORIZED, Some(texts.refused)),
        Some(LoginError::Stale(_)) => (StatusCode::FORBIDDEN, Some(texts.second_factor)),
        Some(_) => (StatusCode::TOO_MANY_REQUESTS, Some(texts.wait)),
    };
    let (browser, cookie) = browser(app, asked.head.headers())?;
    let csrf = app.csrf.token(&form_name(&browser, id));
    let body = page::login(texts, &client.name, says, &[("flow", id), ("csrf", &csrf)]);
    let body = page::with_outside(body, texts, &app.outside().choices(&client.tenant), id);
    let mut response = Page { status, texts, title: texts.login, body, leads_to: target(flow), next: None }.answer();
    if let Some(cookie) = cookie {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    Ok(response)
}

fn consent_page(
    app: &App,
    asked: &Asked,
    (id, flow): (&str, &Flow),
    client: &Client,
    (person, scopes): (&Person, &[String]),
) -> Response<Body> {
    let texts = Texts::of(asked.head.headers());
    let csrf = app.csrf.token(&consent_name(person, id));
    let target_text = target(flow);
    let shown = page::Asked { client: &client.name, account: person.name(), scopes, target: target_text.as_deref() };
    let body = page::consent(texts, &shown, &[("flow", id), ("csrf", &csrf)]);
    Page { status: StatusCode::OK, texts, title: texts.consent, body, leads_to: target_text, next: None }.answer()
}

/// Where the answer goes, as a policy of the page may name it.
fn target(flow: &Flow) -> Option<String> {
    match flow {
        Flow::Code(request) => Some(address::form_target(&request.redirect_uri)),
        Flow::Device { .. } => None,
    }
}

/// The browser's own name, and the cookie that gives it one.
pub(super) fn browser(app: &App, headers: &HeaderMap) -> Result<(String, Option<HeaderValue>), OAuthError> {
    if let Some(known) = cookie::value(headers, FLOW) {
        return Ok((known.to_owned(), None));
    }
    let name = app.oauth().nonce()?;
    let line = format!("{FLOW}={name}; Path=/; Max-Age=3600; Secure; HttpOnly; SameSite=Strict");
    Ok((name, HeaderValue::from_str(&line).ok()))
}

/// What the token of a form is of.
pub(super) fn form_name(browser: &str, id: &str) -> String {
    format!("form\n{browser}\n{id}")
}

fn consent_name(person: &Person, id: &str) -> String {
    format!("consent\n{}\n{id}", person.session.id)
}

/// What a form of ours, in the browser that got it, is about.
pub(super) fn from_own_form<'a>(app: &App, asked: &'a Asked) -> Result<&'a str, Wrong> {
    let headers = asked.head.headers();
    origin::check(headers, app.csrf.origin())?;
    let id = asked.form.need("flow", "`flow` is missing")?;
    let is_ours = cookie::value(headers, FLOW).is_some_and(|browser| {
        app.csrf.is_token(&form_name(browser, id), asked.form.value("csrf").unwrap_or_default())
    });
    if is_ours {
        return Ok(id);
    }
    app.oauth().refuse("csrf", "");
    Err(Failure::CrossSite.into())
}
