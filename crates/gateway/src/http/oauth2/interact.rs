//! The person in between: logs in, decides, and is led back.

use std::sync::Arc;

use http::{Response, StatusCode};

use super::Asked;
use super::answer::{Answer, Wrong, back, page, redirect};
use super::person::Person;
use crate::app::App;
use crate::auth::cookie;
use crate::auth::login::LoginError;
use crate::auth::oauth2::client::{Client, Origin};
use crate::auth::oauth2::code::{Approval, Grant};
use crate::auth::oauth2::flow::Flow;
use crate::auth::oauth2::request::Request;
use crate::auth::oauth2::{OAuthError, redirect as address, scope};
use crate::data::access;
use crate::error::Failure;
use crate::http::body::Body;
use crate::http::login::origin;
use crate::http::page::{self, Page, Passkey, Texts, Use};
use crate::http::site::ceremony;
use crate::http::site::enter::{self, Next};
use crate::http::site::form::{self, Form};

/// Asks what has to be asked next, or answers.
pub(super) async fn proceed(app: &Arc<App>, asked: &Asked, id: &str, flow: Flow) -> Answer {
    let client = app.oauth().client(flow.client()).await?;
    let Some(person) = logged_in(app, asked, &flow, &client).await? else {
        return match &flow {
            Flow::Code(request) if request.has_prompt("none") && client.is_strange() => {
                Err(OAuthError::refused("login_required", "nobody is logged in").into())
            }
            // Nobody has answered, so that nothing is noted.
            Flow::Code(request) if request.has_prompt("none") => tell(app, request, "login_required"),
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
        && cookie::value(headers, form::BROWSER) != Some(browser.as_str())
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
    let flow = app.oauth().flow(id)?;
    proceed(app, asked, id, flow).await
}

/// Takes address and password, or a passkey; the second factor is asked for on a page of its own.
pub(super) async fn log_in(app: &Arc<App>, asked: &Asked) -> Answer {
    let id = asked.form.need("flow", "`flow` is missing")?;
    form::check(app, asked, id)?;
    let flow = app.oauth().flow(id)?;
    let client = app.oauth().client(flow.client()).await?;
    let next = Next::Flow { id: id.to_owned(), target: target(&flow) };
    let entered = match ceremony::has_one(&asked.form) {
        true => ceremony::by_passkey(app, asked, Some(&client.tenant), &next).await?,
        false => enter::by_password(app, asked, &client.tenant, &next).await?,
    };
    match entered {
        Ok(response) => Ok(response),
        Err(error) => login_page(app, asked, (id, &flow), &client, Some(&error)),
    }
}

/// Takes a decision.
pub(super) async fn decide(app: &Arc<App>, asked: &Asked) -> Answer {
    origin::check(asked.head.headers(), app.csrf.origin())?;
    let id = asked.form.need("flow", "`flow` is missing")?;
    let flow = app.oauth().flow(id)?;
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
    tell(app, request, error)
}

fn tell(app: &App, request: &Request, error: &str) -> Answer {
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
    let (status, says) = enter::said(texts, error);
    let form = Form::of(app, asked.head.headers(), id)?;
    let others = page::ways(texts, &app.outside().choices(&client.tenant), &format!("?flow={id}"));
    let (has_passkeys, again) = (app.factors().has_passkeys(), format!("/oauth2/continue?flow={id}"));
    let passkey = Passkey { what_for: Use::Login, action: "/oauth2/login", again: &again, is_only: false };
    let shown = page::Login {
        action: "/oauth2/login",
        client: Some(&client.name),
        error: says,
        passkey: has_passkeys.then_some(passkey),
        is_by_passkey: ceremony::has_one(&asked.form),
        email: asked.form.value("email"),
        others: &others,
        forgot: &format!("/recovery?tenant={}", client.tenant),
    };
    let body = page::login(texts, &shown, &[("flow", id), ("csrf", &form.csrf)]);
    let page = Page::new(texts, texts.login, body).with_passkeys(has_passkeys);
    Ok(form.put(Page { status, leads_to: target(flow), ..page }.answer()))
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
    let (target, warning) = (target_text.as_deref(), warning(texts, client));
    let warning = warning.as_deref();
    let days = app.tokens.sessions.days_max();
    let shown = page::Asked { client: &client.name, account: person.name(), scopes, target, days, warning };
    let body = page::consent(texts, &shown, &[("flow", id), ("csrf", &csrf)]);
    Page { leads_to: target_text, has_logout: true, ..Page::new(texts, texts.consent, body) }.answer()
}

/// What a person has to know of a client that no operator registered.
fn warning(texts: &Texts, client: &Client) -> Option<String> {
    match client.origin {
        Origin::Operator => None,
        Origin::Registered => Some(texts.strange.to_owned()),
        // Its id was fetched, so it has a host.
        Origin::Document => Some(format!("{} {}.", texts.published, client.id.split('/').nth(2).unwrap_or_default())),
    }
}

/// Where the answer goes, as a policy of the page may name it.
pub(in crate::http) fn target(flow: &Flow) -> Option<String> {
    match flow {
        Flow::Code(request) => Some(address::form_target(&request.redirect_uri)),
        Flow::Device { .. } => None,
    }
}

fn consent_name(person: &Person, id: &str) -> String {
    format!("consent\n{}\n{id}", person.session.id)
}
