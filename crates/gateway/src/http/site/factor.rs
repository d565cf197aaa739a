//! `/login/factor`: the second factor, after the password.

use maud::{Markup, html};

use crate::app::App;
use crate::auth::login::LoginError;
use crate::auth::mfa::{MfaError, Proof};
use crate::auth::oauth2::params::Params;
use crate::http::oauth2::Asked;
use crate::http::oauth2::answer::{Answer, redirect};
use crate::http::page::field::{Field, Hidden, alert, hidden};
use crate::http::page::{Page, Texts};

use super::enter::{self, Held, Next, by_factor, over};
use super::form::{self, Form};

/// What the token of the form is of.
const FORM: &str = "factor";

/// Asks for a code.
pub(super) async fn page(app: &App, asked: &Asked) -> Answer {
    let next = Next::of(app, &asked.query).await?;
    match Held::of(asked.head.headers()) {
        Some(_) => shown(app, asked, &next, None),
        None => redirect(&next.beginning()),
    }
}

/// Takes a code, or a recovery code.
pub(super) async fn enter(app: &App, asked: &Asked) -> Answer {
    form::check(app, asked, FORM)?;
    let next = Next::of(app, &asked.form).await?;
    let Some(held) = Held::of(asked.head.headers()) else { return Ok(over(asked, &next)) };
    let entered = match proof(&asked.form) {
        Some(proof) => by_factor(app, asked, &held, &proof, &next).await?,
        None => Err(MfaError::Wrong.into()),
    };
    match entered {
        Ok(response) => Ok(response),
        Err(LoginError::Factor(MfaError::Challenge)) => Ok(over(asked, &next)),
        Err(error) => shown(app, asked, &next, Some(&error)),
    }
}

/// The code or the recovery code of a form.
pub(super) fn proof(form: &Params) -> Option<Proof> {
    match (form.value("code"), form.value("recovery_code")) {
        (Some(code), None) => Some(Proof::Code(spaceless(code).into())),
        (None, Some(code)) => Some(Proof::Recovery(code.into())),
        _ => None,
    }
}

/// Apps show codes in groups.
fn spaceless(code: &str) -> String {
    code.split_whitespace().collect()
}

fn shown(app: &App, asked: &Asked, next: &Next, error: Option<&LoginError>) -> Answer {
    let texts = Texts::of(asked.head.headers());
    let (status, says) = enter::said(texts, error);
    let form = Form::of(app, asked.head.headers(), FORM)?;
    let is_recovery = asked.form.value("recovery_code").is_some();
    let fields = [("csrf", form.csrf.as_str()), ("flow", next.id())];
    let body = html! {
        (alert(says, Some(if is_recovery { "recovery_code" } else { "code" })))
        p { (texts.factor.says) }
        form method="post" action="/login/factor" {
            (hidden(&fields))
            (code(texts, says.filter(|_| !is_recovery), !is_recovery).show())
            button type="submit" { (texts.go_on) }
        }
        (by_recovery(texts, "/login/factor", &fields, says.filter(|_| is_recovery)))
        p { a href=(next.beginning()) { (texts.factor.again) } }
    };
    let page = Page { status, leads_to: next.target(), ..Page::new(texts, texts.factor.title, body) };
    Ok(form.put(page.answer()))
}

/// The field for a code of an authenticator app.
pub(super) fn code<'f>(texts: &'f Texts, error: Option<&'f str>, is_first: bool) -> Field<'f> {
    Field {
        name: "code",
        label: texts.factor.code,
        autocomplete: "one-time-code",
        inputmode: Some("numeric"),
        hint: Some(texts.factor.code_hint),
        error,
        is_first,
        ..Field::default()
    }
}

/// The form that is folded away, for a recovery code.
fn by_recovery(texts: &Texts, action: &str, fields: Hidden<'_>, error: Option<&str>) -> Markup {
    html! {
        details open[error.is_some()] {
            summary { (texts.factor.other) }
            form method="post" action=(action) {
                (hidden(fields))
                (recovery_code(texts, error).show())
                button type="submit" { (texts.go_on) }
            }
        }
    }
}

/// The field for a recovery code.
pub(super) fn recovery_code<'f>(texts: &'f Texts, error: Option<&'f str>) -> Field<'f> {
    Field {
        name: "recovery_code",
        label: texts.factor.recovery_code,
        autocomplete: "off",
        hint: Some(texts.factor.recovery_hint),
        error,
        is_first: error.is_some(),
        ..Field::default()
    }
}
