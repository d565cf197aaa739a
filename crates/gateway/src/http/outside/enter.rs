//! A browser comes back from a provider: with a session, or with a second factor in between.

use std::sync::Arc;

use http::header::SET_COOKIE;
use http::{Response, StatusCode};
use secrecy::{ExposeSecret as _, SecretString};

use super::{Answer, Asked, BROWSER, failed, onwards, session_of};
use crate::app::App;
use crate::auth::cookie;
use crate::auth::jwt::Issued;
use crate::auth::jwt::revocation::Subject;
use crate::auth::login::{LoggedIn, LoginError};
use crate::auth::mfa::{Challenged, MfaError, Proof};
use crate::auth::outside::{AuthAnswer, Ended, OutsideError};
use crate::error::Failure;
use crate::http::account;
use crate::http::body::Body;
use crate::http::login::enter::{FACTOR_COOKIE, FACTOR_COOKIE_OVER, factor_cookie};
use crate::http::login::{self, Entered, Visit, origin};
use crate::http::page::{self, Page, Texts, message, onward};
use crate::infra::monitor::metric::OutsideLabels;

/// Takes the answer of a provider.
pub(super) async fn come_back(app: &Arc<App>, name: &str, asked: &Asked) -> Answer {
    let answer = AuthAnswer {
        state: asked.query.value("state"),
        code: asked.query.value("code"),
        error: asked.query.value("error"),
        issuer: asked.query.value("iss"),
        browser: cookie::value(&asked.headers, BROWSER),
    };
    let texts = Texts::of(&asked.headers);
    match app.outside().end(name, answer).await {
        Ok(Ended::Linked) => {
            count(app, name, "linked");
            Ok(said(texts, texts.done, texts.outside_linked))
        }
        Ok(Ended::Proven(proven, flow)) => {
            count(app, name, "succeeded");
            let logged_in = app.logins.outside(*proven);
            let entered = entered(app, asked, &logged_in, (flow.next.as_deref(), flow.before)).await;
            entered.or_else(|failure| Ok(failed(&asked.headers, &failure, flow.next.as_deref())))
        }
        Err((error, flow)) => {
            if let OutsideError::Refused(refused) = &error {
                count(app, name, refused.name());
            }
            let next = flow.and_then(|flow| flow.next);
            Ok(failed(&asked.headers, &error.into(), next.as_deref()))
        }
    }
}

/// Lets somebody in who was vouched for, as after a password.
async fn entered(
    app: &Arc<App>,
    asked: &Asked,
    logged_in: &LoggedIn,
    (next, before): (Option<&str>, Option<String>),
) -> Answer {
    let visit = Visit { client: &asked.client, agent: asked.agent(), is_browser: true };
    match login::enter(app, logged_in, &visit).await? {
        Entered::Session(issued) => finished(app, asked, (logged_in, &issued), (next, before)).await,
        Entered::Challenge(challenged) => Ok(second(asked, &challenged, next)),
    }
}

/// Gives the browser its session. A page of ours leads on, since cookies of a session do not come along from another site.
async fn finished(
    app: &Arc<App>,
    asked: &Asked,
    (logged_in, issued): (&LoggedIn, &Issued),
    (next, before): (Option<&str>, Option<String>),
) -> Answer {
    if let Some(before) = before.filter(|before| *before != issued.session_id) {
        let ended = app.tokens.revoke(&Subject::Session(before), "renewed", logged_in.user().as_str()).await;
        if let Err(error) = ended {
            tracing::warn!(error = &error as &dyn std::error::Error, "the session of before was not ended");
        }
    }
    let texts = Texts::of(&asked.headers);
    let mut response = match onwards(next) {
        Some(next) => {
            let body = onward(texts, &next);
            let (status, title) = (StatusCode::OK, texts.login);
            Page { status, texts, title, body, leads_to: None, next: Some(next) }.answer()
        }
        None => said(texts, texts.done, texts.outside_entered),
    };
    account::put_cookies(app, &mut response, issued);
    if let Some(cookie) = logged_in.device_cookie().and_then(login::device_cookie) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Asks for what is missing. This is the place to show other pages for second factors at.
fn second(asked: &Asked, challenged: &Challenged, next: Option<&str>) -> Response<Body> {
    let texts = Texts::of(&asked.headers);
    if challenged.enrols {
        let body = message(texts.second_factor, None);
        let status = StatusCode::FORBIDDEN;
        return Page { status, texts, title: texts.login, body, leads_to: None, next: None }.answer();
    }
    let mut response = factor_page(texts, challenged.challenge.expose_secret(), next, None);
    if let Some(line) = factor_cookie(challenged) {
        response.headers_mut().append(SET_COOKIE, line);
    }
    response
}

fn factor_page(texts: &'static Texts, challenge: &str, next: Option<&str>, error: Option<&str>) -> Response<Body> {
    let fields = [("challenge", challenge), ("flow", next.unwrap_or_default())];
    let body = page::outside_factor(texts, error, &fields);
    let status = if error.is_some() { StatusCode::UNAUTHORIZED } else { StatusCode::OK };
    Page { status, texts, title: texts.login, body, leads_to: None, next: None }.answer()
}

/// Takes a second factor. The challenge is bound to this browser by its own cookie.
pub(super) async fn factor(app: &Arc<App>, asked: &Asked) -> Answer {
    origin::check(&asked.headers, app.csrf.origin())?;
    let texts = Texts::of(&asked.headers);
    let challenge = SecretString::from(asked.form.value("challenge").unwrap_or_default());
    let code = asked.form.value("code").unwrap_or_default().trim();
    let is_code = code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit());
    let proof = if is_code { Proof::Code(code.into()) } else { Proof::Recovery(code.into()) };
    let next = asked.form.value("flow");
    let device = cookie::value(&asked.headers, FACTOR_COOKIE);
    let answered = match app.logins.answer(&challenge, device, &proof, &asked.client).await {
        Err(LoginError::Factor(MfaError::Wrong)) => {
            return Ok(factor_page(texts, challenge.expose_secret(), next, Some(texts.wrong_code)));
        }
        Err(LoginError::Factor(MfaError::Challenge)) => return Err(Failure::Request("the challenge: is over")),
        answered => answered?,
    };
    let before = session_of(app, &asked.headers);
    let mut response = entered(app, asked, &answered.logged_in, (next, before)).await?;
    response.headers_mut().append(SET_COOKIE, FACTOR_COOKIE_OVER);
    Ok(response)
}

fn said(texts: &'static Texts, title: &'static str, says: &str) -> Response<Body> {
    let body = message(says, None);
    Page { status: StatusCode::OK, texts, title, body, leads_to: None, next: None }.answer()
}

/// Counts how a login ended, for a provider of the configuration.
pub(super) fn count(app: &App, name: &str, outcome: &'static str) {
    let labels = OutsideLabels { provider: name.to_owned(), outcome };
    app.metrics.outside_logins.get_or_create(&labels).inc();
}
