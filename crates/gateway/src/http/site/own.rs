//! One's own pages, `/account…`: who is not logged in is led to the login, what changes something has to come from one's own
//! page, and what is dangerous asks for somebody who showed lately who they are.
//!
//! Only the cookies of a browser count here; what else a request brings is not looked at.

use http::header::SET_COOKIE;
use http::{Method, Response};

use crate::app::App;
use crate::auth::cookie;
use crate::auth::login::LoginError;
use crate::auth::mfa::{Level, MfaError, is_fresh};
use crate::error::Failure;
use crate::http::body::Body;
use crate::http::oauth2::Asked;
use crate::http::oauth2::answer::{Answer, Wrong, page_error, redirect};
use crate::http::oauth2::person::Person;

use super::{
    Handler, account, app as apps, authenticator, confirm, form, is_led_here, lead_on, outside, passkey, password,
};

/// Answers a request for one of these pages.
pub(super) async fn served(app: &App, handler: Handler, asked: &Asked) -> Answer {
    let headers = asked.head.headers();
    let changes = *asked.head.method() != Method::GET;
    if !changes && is_led_here(headers) {
        return Ok(lead_on(headers, "/account".to_owned()));
    }
    let Some(person) = Person::of(app, headers).await? else { return redirect("/login") };
    let answered = match changes.then(|| form::check_of(app, asked, &person)) {
        Some(Err(wrong)) => Err(wrong),
        _ => Box::pin(shown(app, handler, asked, &person)).await,
    };
    let mut response = answered.unwrap_or_else(|wrong| page_error(&wrong, asked));
    if !sets_session(&response) {
        person.remember(app, &mut response);
    }
    Ok(response)
}

async fn shown(app: &App, handler: Handler, asked: &Asked, person: &Person) -> Answer {
    match handler {
        Handler::EndSession => account::end_session(app, asked, person).await,
        Handler::ChangeApp => apps::change(app, asked, person).await,
        Handler::RemoveFactor => account::remove_factor(app, asked, person).await,
        Handler::LinkOutside => outside::link(app, asked, person).await,
        Handler::UnlinkOutside => outside::unlink(app, asked, person).await,
        Handler::RenameFactor => account::rename_factor(app, asked, person).await,
        Handler::RenewCodes => account::renew_codes(app, asked, person).await,
        Handler::Passkey => passkey::page(app, asked, person).await,
        Handler::AddPasskey => passkey::add(app, asked, person).await,
        Handler::Authenticator => authenticator::page(app, asked, person).await,
        Handler::BeginAuthenticator => authenticator::begin(app, asked, person).await,
        Handler::ConfirmAuthenticator => authenticator::confirm(app, asked, person).await,
        Handler::Password => password::page(app, asked, person).await,
        Handler::ChangePassword => password::change(app, asked, person).await,
        Handler::Confirm => confirm::page(app, asked, person).await,
        Handler::StepUp => confirm::step_up(app, asked, person).await,
        Handler::Logout => account::log_out(app, asked, person).await,
        _ => account::page(app, asked, person, None).await,
    }
}

/// Whether an answer gives or takes a session: then tokens that were renewed on the way are those of an old one.
fn sets_session(response: &Response<Body>) -> bool {
    response.headers().get_all(SET_COOKIE).iter().any(|line| line.as_bytes().starts_with(cookie::ACCESS.as_bytes()))
}

/// Whether this person showed lately who they are: as strongly as `level`, or as their factors and roles ask for.
pub(super) async fn is_shown(app: &App, person: &Person, level: Option<Level>) -> Result<bool, Wrong> {
    let level = match level {
        Some(level) => level,
        None => app.factors().level(person.user.id.as_str()).await.map_err(unavailable)?,
    };
    let login = (person.session.acr.as_deref(), person.session.auth_time.as_second());
    Ok(is_fresh(login, app.clock.now(), level, app.factors().fresh_s()))
}

/// An error of second factors that no page explains.
pub(super) fn unavailable(error: MfaError) -> Wrong {
    Failure::from(LoginError::from(error)).into()
}
