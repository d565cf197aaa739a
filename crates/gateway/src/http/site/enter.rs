//! From a password on a page, or the word of an outside provider, to a session, with the pages of the second factor in between where one is needed.
//!
//! The challenge is in a cookie beside the one that binds it (`http::login`), so that no address and no page holds it. With
//! it is the id of the authenticator app that this login began to set up: who knows the password too, and logs in
//! elsewhere, is not shown its secret.

use http::header::{SET_COOKIE, USER_AGENT};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use secrecy::{ExposeSecret as _, SecretString};

use crate::app::App;
use crate::auth::cookie;
use crate::auth::jwt::Issued;
use crate::auth::jwt::revocation::Subject;
use crate::auth::login::{LoggedIn, LoginError};
use crate::auth::mfa::{CHALLENGE_LIFE_S, Challenged, MfaError, Proof};
use crate::auth::oauth2::params::Params;
use crate::error::Failure;
use crate::http::body::Body;
use crate::http::login::{self, CHALLENGE_COOKIE, FACTOR_COOKIE, FACTOR_COOKIE_OVER};
use crate::http::oauth2::Asked;
use crate::http::oauth2::answer::{Answer, Wrong, redirect};
use crate::http::oauth2::interact;
use crate::http::oauth2::person::Person;
use crate::http::page::Texts;
use crate::http::{account, page};

const CHALLENGE_OVER: HeaderValue =
    HeaderValue::from_static("__Host-portcullis-challenge=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0");

/// Where a login leads.
pub(in crate::http) enum Next {
    /// To one's own account.
    Account,
    /// Back to what an app asked.
    Flow {
        /// Its name.
        id: String,
        /// Where else than to this site the forms in between may lead in the end.
        target: Option<String>,
    },
}

impl Next {
    /// Reads it. An address is never taken from outside, only the name of what an app asked.
    pub(super) fn of(app: &App, params: &Params) -> Result<Self, Wrong> {
        Self::named(app, params.value("flow"))
    }

    /// What this name is of.
    pub(in crate::http) fn named(app: &App, id: Option<&str>) -> Result<Self, Wrong> {
        let Some(id) = id else { return Ok(Self::Account) };
        let flow = app.oauth().flow(id)?;
        Ok(Self::Flow { id: id.to_owned(), target: interact::target(&flow) })
    }

    /// Where to go after the login.
    pub(super) fn path(&self) -> String {
        match self {
            Self::Account => "/account".to_owned(),
            Self::Flow { id, .. } => format!("/oauth2/continue?flow={id}"),
        }
    }

    /// Where to begin again.
    pub(super) fn beginning(&self) -> String {
        match self {
            Self::Account => "/login".to_owned(),
            Self::Flow { .. } => self.path(),
        }
    }

    /// A page on the way there.
    pub(super) fn by(&self, path: &str) -> String {
        match self {
            Self::Account => path.to_owned(),
            Self::Flow { id, .. } => format!("{path}?flow={id}"),
        }
    }

    /// The hidden field of forms on the way.
    pub(super) fn id(&self) -> &str {
        match self {
            Self::Account => "",
            Self::Flow { id, .. } => id,
        }
    }

    pub(super) fn target(&self) -> Option<String> {
        match self {
            Self::Account => None,
            Self::Flow { target, .. } => target.clone(),
        }
    }
}

/// A challenge that a browser holds.
pub(super) struct Held {
    pub(super) challenge: SecretString,
    pub(super) device: Option<String>,
    /// The authenticator app that this login began to set up.
    pub(super) factor: Option<String>,
}

impl Held {
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let (challenge, factor) = login::held(headers)?;
        Some(Self {
            challenge,
            device: cookie::value(headers, FACTOR_COOKIE).map(str::to_owned),
            factor: factor.map(str::to_owned),
        })
    }
}

/// Takes address and password. What a person can do something about comes back as an error to be shown.
pub(in crate::http) async fn by_password(
    app: &App,
    asked: &Asked,
    tenant: &str,
    next: &Next,
) -> Result<Result<Response<Body>, LoginError>, Wrong> {
    let email = asked.form.value("email").unwrap_or_default();
    let password = asked.form.value("password").unwrap_or_default().into();
    let entered = app.logins.password(tenant, email, &password, &asked.client).await;
    let entered = match entered {
        Ok(entered) => entered,
        Err(error) => return refused(app, error),
    };
    led_on(app, asked, &entered, (next, None)).await
}

/// From whatever somebody showed to a session, or to the page that asks for what is missing. Every way in by a page comes
/// through here. `before` is the session of this browser, where its cookies could not come along.
pub(in crate::http) async fn led_on(
    app: &App,
    asked: &Asked,
    entered: &LoggedIn,
    (next, before): (&Next, Option<String>),
) -> Result<Result<Response<Body>, LoginError>, Wrong> {
    match login::enter(app, entered, &visit(asked)).await {
        Ok(login::Entered::Session(issued)) => {
            login::count(app, None);
            let_in(app, asked, (entered, &issued), (redirect(&next.path())?, before)).await.map(Ok)
        }
        Ok(login::Entered::Challenge(challenged)) => challenge(app, asked, &challenged, next).await.map(Ok),
        Err(Failure::Login(error)) => refused(app, error),
        Err(failure) => Err(failure.into()),
    }
}

/// Takes the answer to a challenge.
pub(super) async fn by_factor(
    app: &App,
    asked: &Asked,
    held: &Held,
    proof: &Proof,
    next: &Next,
) -> Result<Result<Response<Body>, LoginError>, Wrong> {
    let answered = app.logins.answer(&held.challenge, held.device.as_deref(), proof, &asked.client).await;
    let answered = match answered {
        Ok(answered) => answered,
        Err(error) => return refused(app, error),
    };
    let issued = match login::enter(app, &answered.logged_in, &visit(asked)).await? {
        login::Entered::Session(issued) => issued,
        // Two factors were shown, so that no more is asked for.
        login::Entered::Challenge(_) => return Err(Failure::from(LoginError::Refused).into()),
    };
    login::count(app, None);
    let response = match answered.recovery_codes.is_empty() {
        true => redirect(&next.path())?,
        false => super::codes::page(asked, &answered.recovery_codes, &next.path()),
    };
    let mut response = let_in(app, asked, (&answered.logged_in, &issued), (response, None)).await?;
    forget(&mut response);
    Ok(Ok(response))
}

/// What a page says about a login that did not go through.
pub(in crate::http) fn said(texts: &Texts, error: Option<&LoginError>) -> (StatusCode, Option<&'static str>) {
    match error {
        None => (StatusCode::OK, None),
        Some(LoginError::Refused) => (StatusCode::UNAUTHORIZED, Some(texts.refused)),
        Some(LoginError::Factor(MfaError::Closed)) => (StatusCode::FORBIDDEN, Some(texts.factor.closed)),
        Some(LoginError::Factor(MfaError::Passkey(_) | MfaError::Registration(_))) => {
            (StatusCode::UNAUTHORIZED, Some(texts.passkey.refused))
        }
        Some(LoginError::Factor(_)) => (StatusCode::UNAUTHORIZED, Some(texts.factor.wrong)),
        Some(_) => (StatusCode::TOO_MANY_REQUESTS, Some(texts.wait)),
    }
}

/// What the challenge that a browser holds can be answered with; nothing when it is over.
pub(super) async fn methods(app: &App, held: &Held) -> Result<Option<Vec<&'static str>>, Wrong> {
    match app.logins.methods(&held.challenge, held.device.as_deref()).await {
        Ok(methods) => Ok(Some(methods)),
        Err(LoginError::Factor(MfaError::Challenge)) => Ok(None),
        Err(error) => Err(Failure::from(error).into()),
    }
}

/// Says that a login is over, and where to begin again.
pub(super) fn over(asked: &Asked, next: &Next) -> Response<Body> {
    let texts = Texts::of(asked.head.headers());
    let body = page::message_with(texts.factor.over, (texts.factor.again, &next.beginning()));
    let status = StatusCode::UNAUTHORIZED;
    let mut response = page::Page { status, ..page::Page::new(texts, texts.login, body) }.answer();
    forget(&mut response);
    response
}

/// A login takes the place of the one before: a session that was planted here, or left, ends.
async fn let_in(
    app: &App,
    asked: &Asked,
    (entered, issued): (&LoggedIn, &Issued),
    (mut response, before): (Response<Body>, Option<String>),
) -> Answer {
    let actor = entered.user().as_str();
    match (Person::of(app, asked.head.headers()).await?, before) {
        (Some(known), _) if known.user.id.as_str() == actor => {
            app.tokens.replace(&known.session.id, issued, actor).await?;
        }
        (Some(known), _) => app.tokens.revoke(&Subject::Session(known.session.id), "renewed", actor).await?,
        (None, Some(before)) => app.tokens.revoke(&Subject::Session(before), "renewed", actor).await?,
        (None, None) => {}
    }
    account::put_cookies(app, &mut response, issued);
    if let Some(cookie) = entered.device_cookie().and_then(login::device_cookie) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Leads to the page of the second factor; where an authenticator app may be set up, that is begun.
async fn challenge(app: &App, asked: &Asked, challenged: &Challenged, next: &Next) -> Answer {
    login::count_asked(app, challenged.enrols);
    let mut value = challenged.challenge.expose_secret().to_owned();
    let path = if challenged.enrols {
        if challenged.methods.contains(&"totp") {
            let device = challenged.device.as_ref().map(|device| device.expose_secret());
            let name = Texts::of(asked.head.headers()).factor.name;
            let begun = app.logins.enrol(&challenged.challenge, device, name).await.map_err(Failure::from)?;
            value = format!("{value}.{}", begun.factor);
        }
        "/login/enrolment"
    } else {
        "/login/factor"
    };
    let mut response = redirect(&next.by(path))?;
    let line =
        format!("{CHALLENGE_COOKIE}={value}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age={CHALLENGE_LIFE_S}");
    let cookies = [HeaderValue::from_str(&line).ok(), login::factor_cookie(challenged)];
    for cookie in cookies.into_iter().flatten() {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Makes a browser forget its challenge.
fn forget(response: &mut Response<Body>) {
    for cookie in [CHALLENGE_OVER, FACTOR_COOKIE_OVER] {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
}

fn visit(asked: &Asked) -> login::Visit<'_> {
    let agent = asked.head.headers().get(USER_AGENT).and_then(|value| value.to_str().ok()).map(str::to_owned);
    login::Visit { client: &asked.client, agent, is_browser: true }
}

/// Counts an attempt that was not let in, and parts what is said on the page from what is an error.
pub(super) fn refused<T>(app: &App, error: LoginError) -> Result<Result<T, LoginError>, Wrong> {
    let failure = Failure::from(error);
    login::count(app, Some(&failure));
    match failure {
        Failure::Login(error) if is_for_people(&error) => Ok(Err(error)),
        failure => Err(failure.into()),
    }
}

fn is_for_people(error: &LoginError) -> bool {
    match error {
        LoginError::Factor(error) => matches!(
            error,
            MfaError::Wrong | MfaError::Challenge | MfaError::Closed | MfaError::Passkey(_) | MfaError::Registration(_)
        ),
        LoginError::Refused | LoginError::Wait { .. } | LoginError::Work { .. } | LoginError::Busy(_) => true,
        _ => false,
    }
}
