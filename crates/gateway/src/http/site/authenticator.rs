//! `/account/authenticator`: adds an authenticator app.

use http::StatusCode;
use maud::{Markup, html};

use crate::app::App;
use crate::auth::mfa::MfaError;
use crate::http::oauth2::Asked;
use crate::http::oauth2::answer::{Answer, redirect};
use crate::http::oauth2::person::Person;
use crate::http::page::field::{Field, alert, hidden};
use crate::http::page::{Page, Texts};

use super::enrolment::setup;
use super::own::{is_shown, unavailable};
use super::{codes, confirm as confirmation, form};

const CONFIRM: &str = "/account/authenticator/confirm";

/// Asks what to call it.
pub(super) async fn page(app: &App, asked: &Asked, person: &Person) -> Answer {
    if !is_shown(app, person, None).await? {
        return confirmation::first("authenticator");
    }
    Ok(named(app, asked, person, None))
}

/// Begins to add it, and shows what the app needs. The page is the answer itself: nowhere else is the key shown.
pub(super) async fn begin(app: &App, asked: &Asked, person: &Person) -> Answer {
    if !is_shown(app, person, None).await? {
        return confirmation::first("authenticator");
    }
    let texts = Texts::of(asked.head.headers());
    let (name, own) = (asked.form.value("name").unwrap_or_default(), app.factors());
    let enrolment = match own.enrol_totp(&person.user, name).await {
        Ok(enrolment) => enrolment,
        Err(MfaError::Invalid(why)) => {
            let says = if why.starts_with("name") { texts.mine.name_wrong } else { texts.mine.too_many };
            return Ok(named(app, asked, person, Some(says)));
        }
        Err(error) => return Err(unavailable(error)),
    };
    let csrf = form::token_of(app, person);
    let fields = [("csrf", csrf.as_str()), ("factor", enrolment.factor.as_str())];
    Ok(set_up(texts, StatusCode::OK, setup(texts, &enrolment, (CONFIRM, &fields), None, true)))
}

/// Takes the first code. A wrong one leaves the key as it was.
pub(super) async fn confirm(app: &App, asked: &Asked, person: &Person) -> Answer {
    if !is_shown(app, person, None).await? {
        return confirmation::first("authenticator");
    }
    let (texts, factors) = (Texts::of(asked.head.headers()), app.factors());
    let id = asked.form.value("factor").unwrap_or_default();
    let code: String = asked.form.value("code").unwrap_or_default().split_whitespace().collect();
    match factors.confirm(&person.user, Some(id), &code.into(), false).await {
        Ok(made) if made.is_empty() => redirect("/account"),
        Ok(made) => Ok(codes::page(asked, &made, "/account")),
        Err(MfaError::Missing) => redirect("/account"),
        Err(MfaError::Wrong) => {
            let enrolment = factors.pending(&person.user, id).await.map_err(unavailable)?;
            let csrf = form::token_of(app, person);
            let fields = [("csrf", csrf.as_str()), ("factor", id)];
            let wrong = Some(texts.factor.wrong);
            let body = html! {
                (alert(wrong, Some("code")))
                (setup(texts, &enrolment, (CONFIRM, &fields), wrong, true))
            };
            Ok(set_up(texts, StatusCode::UNAUTHORIZED, body))
        }
        Err(error) => Err(unavailable(error)),
    }
}

fn set_up(texts: &'static Texts, status: StatusCode, body: Markup) -> http::Response<crate::http::body::Body> {
    Page { status, has_logout: true, ..Page::new(texts, texts.factor.enrol, body) }.answer()
}

fn named(app: &App, asked: &Asked, person: &Person, error: Option<&str>) -> http::Response<crate::http::body::Body> {
    let texts = Texts::of(asked.head.headers());
    let csrf = form::token_of(app, person);
    let name = Field {
        name: "name",
        label: texts.mine.name,
        autocomplete: "off",
        value: asked.form.value("name"),
        hint: Some(texts.mine.name_hint),
        error,
        is_first: true,
        ..Field::default()
    };
    let body = html! {
        (alert(error, Some("name")))
        form method="post" action="/account/authenticator" {
            (hidden(&[("csrf", &csrf)]))
            (name.show())
            button type="submit" { (texts.go_on) }
        }
        p { a href="/account" { (texts.mine.back) } }
    };
    let status = if error.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    Page { status, has_logout: true, ..Page::new(texts, texts.mine.add, body) }.answer()
}
