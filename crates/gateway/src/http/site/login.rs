//! `/login`: address and password, or a passkey, for who comes by themselves.

use crate::app::App;
use crate::auth::login::LoginError;
use crate::event::DEFAULT_TENANT;
use crate::http::oauth2::Asked;
use crate::http::oauth2::answer::{Answer, redirect};
use crate::http::oauth2::person::Person;
use crate::http::page::{self, Page, Passkey, Texts, Use};

use super::ceremony::{self, by_passkey};
use super::enter::{self, Next, by_password};
use super::form::{self, Form};
use super::{is_led_here, lead_on};

/// What the token of the form is of.
const FORM: &str = "login";
/// Longer than any id.
const ID_BYTES_MAX: usize = 64;

/// Asks, unless somebody is logged in.
pub(super) async fn page(app: &App, asked: &Asked) -> Answer {
    let headers = asked.head.headers();
    let tenant = tenant(asked.query.value("tenant"));
    if is_led_here(headers) {
        return Ok(lead_on(headers, format!("/login?tenant={tenant}")));
    }
    match Person::of(app, headers).await? {
        None => shown(app, asked, tenant, None),
        Some(person) => {
            let mut response = redirect("/account")?;
            person.remember(app, &mut response);
            Ok(response)
        }
    }
}

/// Takes address and password, or a passkey.
pub(super) async fn enter(app: &App, asked: &Asked) -> Answer {
    form::check(app, asked, FORM)?;
    let tenant = tenant(asked.form.value("tenant"));
    let entered = match ceremony::has_one(&asked.form) {
        // Whose it is says which organisation.
        true => by_passkey(app, asked, None, &Next::Account).await?,
        false => by_password(app, asked, tenant, &Next::Account).await?,
    };
    match entered {
        Ok(response) => Ok(response),
        Err(error) => shown(app, asked, tenant, Some(&error)),
    }
}

fn shown(app: &App, asked: &Asked, tenant: &str, error: Option<&LoginError>) -> Answer {
    let texts = Texts::of(asked.head.headers());
    let (status, says) = enter::said(texts, error);
    let (form, has_passkeys) = (Form::of(app, asked.head.headers(), FORM)?, app.factors().has_passkeys());
    let others = page::ways(texts, &app.outside().choices(tenant), "");
    let login = page::Login {
        action: "/login",
        error: says,
        passkey: has_passkeys.then_some(Passkey {
            what_for: Use::Login,
            action: "/login",
            again: "/login",
            is_only: false,
        }),
        is_by_passkey: ceremony::has_one(&asked.form),
        email: asked.form.value("email"),
        others: &others,
        forgot: &format!("/recovery?tenant={tenant}"),
        ..page::Login::default()
    };
    let body = page::login(texts, &login, &[("csrf", &form.csrf), ("tenant", tenant)]);
    Ok(form.put(Page { status, ..Page::new(texts, texts.login, body).with_passkeys(has_passkeys) }.answer()))
}

/// The organisation that somebody names, when it is an id; else the first one.
pub(super) fn tenant(named: Option<&str>) -> &str {
    let is_id = |id: &&str| id.len() <= ID_BYTES_MAX && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    named.filter(is_id).unwrap_or(DEFAULT_TENANT)
}
