//! `/account/confirm`: shows again who one is, before something dangerous. A new session takes the place of the old one.

use http::StatusCode;
use maud::html;

use crate::app::App;
use crate::auth::login::LoginError;
use crate::auth::mfa::MfaError;
use crate::error::Failure;
use crate::http::account::put_cookies;
use crate::http::login::keep_out;
use crate::http::oauth2::Asked;
use crate::http::oauth2::answer::{Answer, redirect};
use crate::http::oauth2::person::Person;
use crate::http::page::field::{Field, Hidden, alert, hidden};
use crate::http::page::{Page, Passkey, Texts, Use};

use super::ceremony;
use super::enter::{Next, over};
use super::factor::{code, proof, recovery_code};
use super::own::unavailable;
use super::{form, outside};

const PATH: &str = "/account/confirm";

/// Leads here, and from here to where somebody wanted to go.
pub(super) fn first(wanted: &str) -> Answer {
    redirect(&format!("/account/confirm?next={wanted}"))
}

/// Where that is: never an address from outside.
fn path(wanted: Option<&str>) -> (&'static str, &'static str) {
    match wanted {
        Some("authenticator") => ("authenticator", "/account/authenticator"),
        Some("password") => ("password", "/account/password"),
        Some("passkey") => ("passkey", "/account/passkey"),
        _ => ("account", "/account"),
    }
}

/// Asks for a passkey or for the password, and for a code where there is a second factor.
pub(super) async fn page(app: &App, asked: &Asked, person: &Person) -> Answer {
    shown(app, asked, person, asked.query.value("next"), None).await
}

/// Takes them.
pub(super) async fn step_up(app: &App, asked: &Asked, person: &Person) -> Answer {
    let (user, session) = (person.user.id.as_str(), person.session.id.as_str());
    let (password, passkey) = (asked.form.value("password").unwrap_or_default().into(), ceremony::shown(&asked.form)?);
    let (password, proof) = match passkey {
        // It is two factors in itself.
        Some(passkey) => (None, Some(passkey)),
        None => (Some(&password), proof(&asked.form)),
    };
    let stepped = app.logins.step_up(user, session, (password, proof.as_ref()), &asked.client).await;
    let wanted = asked.form.value("next");
    let logged_in = match stepped {
        Ok(logged_in) => logged_in,
        Err(LoginError::Factor(MfaError::Challenge)) => return Ok(over(asked, &Next::Account)),
        Err(error) => return shown(app, asked, person, wanted, Some(error)).await,
    };
    let issued = app.tokens.step_up(session, logged_in.amr(), logged_in.level().acr(), user).await?;
    keep_out(app, &logged_in, &issued).await?;
    let mut response = redirect(path(wanted).1)?;
    put_cookies(app, &mut response, &issued);
    Ok(response)
}

async fn shown(app: &App, asked: &Asked, person: &Person, wanted: Option<&str>, error: Option<LoginError>) -> Answer {
    let texts = Texts::of(asked.head.headers());
    let (own, _) = app.factors().list(&person.user).await.map_err(unavailable)?;
    let has_passkey = app.factors().has_passkeys() && own.iter().any(|factor| factor.kind() == "passkey");
    let has_app = own.iter().any(|factor| factor.kind() == "totp");
    let is_only = has_passkey && app.factors().requires_passkey(&person.user.roles);
    let (status, field, says) = match error {
        None => (StatusCode::OK, "", None),
        Some(LoginError::Refused) => (StatusCode::UNAUTHORIZED, "password", Some(texts.mine.wrong_password)),
        Some(LoginError::Factor(MfaError::Wrong)) => (StatusCode::UNAUTHORIZED, "code", Some(texts.factor.wrong)),
        Some(LoginError::Factor(MfaError::Passkey(_))) => (StatusCode::UNAUTHORIZED, "", Some(texts.passkey.refused)),
        Some(LoginError::Wait { .. } | LoginError::Work { .. } | LoginError::Busy(_)) => {
            (StatusCode::TOO_MANY_REQUESTS, "password", Some(texts.wait))
        }
        Some(error) => return Err(Failure::from(error).into()),
    };
    // Who has no app has no field for its code.
    let field = if field == "code" && !has_app && !own.is_empty() { "recovery_code" } else { field };
    let of = |name: &str| says.filter(|_| field == name);
    let password = Field {
        name: "password",
        label: texts.password,
        kind: "password",
        autocomplete: "current-password",
        error: of("password"),
        is_first: true,
        ..Field::default()
    };
    let (csrf, again) = (form::token_of(app, person), format!("{PATH}?next={}", path(wanted).0));
    let fields: Hidden<'_> = &[("csrf", &csrf), ("next", path(wanted).0)];
    let passkey = Passkey { what_for: Use::StepUp, action: PATH, again: &again, is_only };
    let there = outside::confirm_there(app, texts, person).await?;
    let body = html! {
        (alert(says, Some(field).filter(|field| !is_only && !field.is_empty())))
        p { (texts.mine.confirm_says) }
        @if has_passkey { (passkey.show(texts, fields, &html! {})) }
        @if !is_only {
            form method="post" action=(PATH) {
                (hidden(fields))
                (password.show())
                @if !own.is_empty() {
                    @if has_app { (Field { is_optional: true, ..code(texts, of("code"), false) }.show()) }
                    details open[of("recovery_code").is_some()] {
                        summary { (texts.factor.other) }
                        (Field { is_optional: true, is_first: false, ..recovery_code(texts, of("recovery_code")) }.show())
                    }
                }
                button type="submit" { (texts.factor.confirm) }
            }
        }
        (there)
        p { a href="/account" { (texts.mine.back) } }
    };
    let page = Page { status, has_logout: true, ..Page::new(texts, texts.mine.confirm, body) };
    Ok(page.with_passkeys(has_passkey).answer())
}
