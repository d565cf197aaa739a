//! `/login/factor`: the second factor, after the password: a passkey, a code, or a recovery code.

use maud::{Markup, html};

use crate::app::App;
use crate::auth::login::LoginError;
use crate::auth::mfa::{MfaError, Proof};
use crate::auth::oauth2::params::Params;
use crate::http::oauth2::Asked;
use crate::http::oauth2::answer::{Answer, redirect};
use crate::http::page::field::{Field, Hidden, alert, hidden};
use crate::http::page::{Page, Passkey, Texts, Use};

use super::ceremony;
use super::enter::{self, Held, Next, by_factor, methods, over};
use super::form::{self, Form};

/// What the token of the form is of.
const FORM: &str = "factor";
const PATH: &str = "/login/factor";

/// Asks for what the account has.
pub(super) async fn page(app: &App, asked: &Asked) -> Answer {
    let next = Next::of(app, &asked.query)?;
    match Held::of(asked.head.headers()) {
        Some(held) => shown(app, asked, &held, &next, None).await,
        None => redirect(&next.beginning()),
    }
}

/// Takes a passkey, a code, or a recovery code.
pub(super) async fn enter(app: &App, asked: &Asked) -> Answer {
    form::check(app, asked, FORM)?;
    let next = Next::of(app, &asked.form)?;
    let Some(held) = Held::of(asked.head.headers()) else { return Ok(over(asked, &next)) };
    let entered = match ceremony::shown(&asked.form)?.or_else(|| proof(&asked.form)) {
        Some(proof) => by_factor(app, asked, &held, &proof, &next).await?,
        None => Err(MfaError::Wrong.into()),
    };
    match entered {
        Ok(response) => Ok(response),
        Err(LoginError::Factor(MfaError::Challenge)) => Ok(over(asked, &next)),
        Err(error) => shown(app, asked, &held, &next, Some(&error)).await,
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

async fn shown(app: &App, asked: &Asked, held: &Held, next: &Next, error: Option<&LoginError>) -> Answer {
    let Some(methods) = methods(app, held).await? else { return Ok(over(asked, next)) };
    let texts = Texts::of(asked.head.headers());
    let (status, says) = enter::said(texts, error);
    let form = Form::of(app, asked.head.headers(), FORM)?;
    let field = wrong_field(asked, &methods);
    let of = |name: &str| says.filter(|_| field == Some(name));
    let fields = [("csrf", form.csrf.as_str()), ("flow", next.id())];
    let [by_passkey, by_code, by_recovery] = ["passkey", "totp", "recovery_code"].map(|name| methods.contains(&name));
    let (is_usable, is_only) = (by_passkey && app.factors().has_passkeys(), !by_code && !by_recovery);
    let again = next.by(PATH);
    let passkey = Passkey { what_for: Use::Factor, action: PATH, again: &again, is_only };
    let body = html! {
        (alert(says, field))
        p { (texts.factor.says) }
        @if is_usable { (passkey.show(texts, &fields, &html! {})) }
        @if by_code {
            form method="post" action=(PATH) {
                (hidden(&fields))
                (code(texts, of("code"), field != Some("recovery_code")).show())
                button type="submit" { (texts.go_on) }
            }
        }
        @if by_recovery { (recovery(texts, PATH, &fields, of("recovery_code"))) }
        p { a href=(next.beginning()) { (texts.factor.again) } }
    };
    let page = Page::new(texts, texts.factor.title, body).with_passkeys(is_usable);
    Ok(form.put(Page { status, leads_to: next.target(), ..page }.answer()))
}

/// Which field of the page is the one that was sent.
fn wrong_field(asked: &Asked, methods: &[&str]) -> Option<&'static str> {
    let (is_passkey, is_recovery) = (ceremony::has_one(&asked.form), asked.form.value("recovery_code").is_some());
    match (is_passkey, is_recovery) {
        (true, _) => None,
        (false, true) => methods.contains(&"recovery_code").then_some("recovery_code"),
        (false, false) => methods.contains(&"totp").then_some("code"),
    }
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
fn recovery(texts: &Texts, action: &str, fields: Hidden<'_>, error: Option<&str>) -> Markup {
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
