//! `/account/passkey`: adds a passkey.

use http::{Response, StatusCode};
use maud::html;

use crate::app::App;
use crate::auth::mfa::MfaError;
use crate::http::body::Body;
use crate::http::oauth2::Asked;
use crate::http::oauth2::answer::{Answer, Wrong, redirect};
use crate::http::oauth2::person::Person;
use crate::http::page::field::{Field, alert};
use crate::http::page::{Page, Passkey, Texts, Use};

use super::own::{is_shown, unavailable};
use super::{ceremony, codes, confirm, form};

const PATH: &str = "/account/passkey";

/// Asks what to call it.
pub(super) async fn page(app: &App, asked: &Asked, person: &Person) -> Answer {
    match led_away(app, person).await? {
        Some(away) => Ok(away),
        None => Ok(shown(app, asked, person, None)),
    }
}

/// Takes what the authenticator made. With the first factor come recovery codes.
pub(super) async fn add(app: &App, asked: &Asked, person: &Person) -> Answer {
    if let Some(away) = led_away(app, person).await? {
        return Ok(away);
    }
    let texts = Texts::of(asked.head.headers());
    let Some(registration) = ceremony::made(&asked.form)? else { return Ok(shown(app, asked, person, None)) };
    let (of, name) = ((&person.user, person.session.id.as_str()), asked.form.value("name").unwrap_or_default());
    let wrong = |field, says| Ok(shown(app, asked, person, Some((field, says))));
    match app.factors().add_passkey(of, name, &registration, false).await {
        Ok((_, made)) if made.is_empty() => redirect("/account"),
        Ok((_, made)) => Ok(codes::page(asked, &made, "/account")),
        Err(MfaError::Invalid(why)) if why.starts_with("name") => wrong(Some("name"), texts.mine.name_wrong),
        Err(MfaError::Invalid(_)) => wrong(None, texts.mine.too_many),
        Err(MfaError::Registration(_)) => wrong(None, texts.passkey.refused),
        Err(error) => Err(unavailable(error)),
    }
}

/// Where there can be no passkeys, there is nothing to do here; and who asks has to have shown lately who they are.
async fn led_away(app: &App, person: &Person) -> Result<Option<Response<Body>>, Wrong> {
    if !app.factors().has_passkeys() {
        return redirect("/account").map(Some);
    }
    let is_shown = is_shown(app, person, None).await?;
    if is_shown { Ok(None) } else { confirm::first("passkey").map(Some) }
}

fn shown(app: &App, asked: &Asked, person: &Person, wrong: Option<(Option<&str>, &str)>) -> Response<Body> {
    let texts = Texts::of(asked.head.headers());
    let csrf = form::token_of(app, person);
    let (field, says) = wrong.map_or((None, None), |(field, says)| (field, Some(says)));
    let name = Field {
        name: "name",
        label: texts.passkey.name,
        autocomplete: "off",
        value: asked.form.value("name"),
        hint: Some(texts.passkey.name_hint),
        error: says.filter(|_| field.is_some()),
        is_first: true,
        ..Field::default()
    };
    let passkey = Passkey { what_for: Use::Add, action: PATH, again: PATH, is_only: true };
    let body = html! {
        (alert(says, field))
        p { (texts.passkey.add_says) }
        (passkey.show(texts, &[("csrf", &csrf)], &name.show()))
        p { a href="/account" { (texts.mine.back) } }
    };
    let status = if says.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    Page { status, has_logout: true, ..Page::new(texts, texts.passkey.add, body).with_passkeys(true) }.answer()
}
