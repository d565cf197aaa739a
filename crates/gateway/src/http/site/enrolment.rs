//! `/login/enrolment`: the first second factor, set up within a login that asks for one: a passkey or an authenticator app.

use maud::{Markup, PreEscaped, html};

use crate::app::App;
use crate::auth::login::LoginError;
use crate::auth::mfa::{Enrolment, MfaError, Proof};
use crate::error::Failure;
use crate::http::oauth2::Asked;
use crate::http::oauth2::answer::{Answer, Wrong, redirect};
use crate::http::page::field::{Field, Hidden, alert, hidden};
use crate::http::page::{Page, Passkey, Texts, Use};

use super::ceremony;
use super::enter::{self, Held, Next, by_factor, methods, over};
use super::factor::{self, proof};
use super::form::{self, Form};

/// What the token of the form is of.
const FORM: &str = "enrolment";
const PATH: &str = "/login/enrolment";

/// Offers a passkey, and shows what an app needs. That was begun when the password was right.
pub(super) async fn page(app: &App, asked: &Asked) -> Answer {
    let next = Next::of(app, &asked.query)?;
    match Held::of(asked.head.headers()) {
        Some(held) => shown(app, asked, &held, &next, None).await,
        None => redirect(&next.beginning()),
    }
}

/// Takes the passkey that was made, or the first code; with the session come recovery codes.
pub(super) async fn confirm(app: &App, asked: &Asked) -> Answer {
    form::check(app, asked, FORM)?;
    let next = Next::of(app, &asked.form)?;
    let Some(held) = Held::of(asked.head.headers()) else { return Ok(over(asked, &next)) };
    let name = Texts::of(asked.head.headers()).passkey.own_name;
    let made = ceremony::made(&asked.form)?.map(|made| Proof::NewPasskey(made, name.to_owned()));
    let entered = match made.or_else(|| proof(&asked.form)) {
        Some(proof @ (Proof::Code(_) | Proof::NewPasskey(..))) => by_factor(app, asked, &held, &proof, &next).await?,
        _ => Err(MfaError::Wrong.into()),
    };
    match entered {
        Ok(response) => Ok(response),
        Err(LoginError::Factor(MfaError::Challenge)) => Ok(over(asked, &next)),
        Err(error) => shown(app, asked, &held, &next, Some(&error)).await,
    }
}

async fn shown(app: &App, asked: &Asked, held: &Held, next: &Next, error: Option<&LoginError>) -> Answer {
    let Some(methods) = methods(app, held).await? else { return Ok(over(asked, next)) };
    let by_app = match methods.contains(&"totp") {
        false => None,
        true => match begun(app, held).await? {
            Some(enrolment) => Some(enrolment),
            None => return Ok(over(asked, next)),
        },
    };
    let texts = Texts::of(asked.head.headers());
    let (status, says) = enter::said(texts, error);
    let form = Form::of(app, asked.head.headers(), FORM)?;
    let fields = [("csrf", form.csrf.as_str()), ("flow", next.id())];
    let (of_code, again) = (says.filter(|_| by_app.is_some() && !ceremony::has_one(&asked.form)), next.by(PATH));
    let passkey = Passkey { what_for: Use::Enrol, action: PATH, again: &again, is_only: by_app.is_none() };
    let has_passkeys = methods.contains(&"passkey");
    let body = html! {
        (alert(says, of_code.map(|_| "code")))
        p { (texts.factor.needed) }
        @if has_passkeys { (passkey.show(texts, &fields, &html! { p { (texts.passkey.set_up_says) } })) }
        @if let Some(enrolment) = &by_app {
            @if has_passkeys { h2 { (texts.passkey.by_app) } }
            (setup(texts, enrolment, (PATH, &fields), of_code, !has_passkeys))
        }
        p { a href=(next.beginning()) { (texts.factor.again) } }
    };
    let page = Page::new(texts, texts.factor.enrol, body).with_passkeys(has_passkeys);
    Ok(form.put(Page { status, leads_to: next.target(), ..page }.answer()))
}

/// What this login began; nothing when that is over.
async fn begun(app: &App, held: &Held) -> Result<Option<Enrolment>, Wrong> {
    let Some(factor) = &held.factor else { return Ok(None) };
    match app.logins.enrolment(&held.challenge, held.device.as_deref(), factor).await {
        Ok(enrolment) => Ok(Some(enrolment)),
        Err(LoginError::Factor(MfaError::Challenge | MfaError::Missing)) => Ok(None),
        Err(error) => Err(Failure::from(error).into()),
    }
}

/// QR code, key, and the field for the first code.
pub(super) fn setup(
    texts: &Texts,
    enrolment: &Enrolment,
    (action, fields): (&str, Hidden<'_>),
    error: Option<&str>,
    is_first: bool,
) -> Markup {
    let is_first = is_first || error.is_some();
    let code = Field { label: texts.factor.first_code, ..factor::code(texts, error, is_first) };
    html! {
        p { (texts.factor.scan) }
        @if let Some(svg) = &enrolment.qr_svg {
            // Drawn here, of nothing but numbers.
            div.qr role="img" aria-label=(texts.factor.qr) { (PreEscaped(svg)) }
        }
        p { (texts.factor.secret) " " code { (grouped(&enrolment.secret)) } }
        form method="post" action=(action) {
            (hidden(fields))
            (code.show())
            button type="submit" { (texts.factor.confirm) }
        }
    }
}

/// A key as people can read it out.
fn grouped(secret: &str) -> String {
    let groups: Vec<&str> = secret.as_bytes().chunks(4).filter_map(|group| std::str::from_utf8(group).ok()).collect();
    groups.join(" ")
}
