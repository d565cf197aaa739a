//! `/account/password`: changes the password, and ends all sessions.

use http::StatusCode;
use maud::html;

use crate::app::App;
use crate::auth::login::LoginError;
use crate::auth::password::Weak;
use crate::error::Failure;
use crate::http::account::clear_cookies;
use crate::http::oauth2::Asked;
use crate::http::oauth2::answer::Answer;
use crate::http::oauth2::person::Person;
use crate::http::page::field::{Field, alert, hidden};
use crate::http::page::{Page, Texts, message_with};

use super::choice::Choice;
use super::own::is_shown;
use super::{confirm, form};

/// What was wrong with the last try.
enum Fault {
    Current,
    New(Weak),
    Wait,
}

/// Asks for the current password and the new one.
pub(super) async fn page(app: &App, asked: &Asked, person: &Person) -> Answer {
    if !is_shown(app, person, None).await? {
        return confirm::first("password");
    }
    Ok(shown(app, asked, person, None))
}

/// Changes it.
pub(super) async fn change(app: &App, asked: &Asked, person: &Person) -> Answer {
    if !is_shown(app, person, None).await? {
        return confirm::first("password");
    }
    let secret = |name| asked.form.value(name).unwrap_or_default().into();
    let (current, new) = (secret("current"), secret("new_password"));
    let account = (person.user.tenant.as_str(), person.user.email.as_deref().unwrap_or_default());
    let who = Some(person.user.id.as_str());
    match app.logins.change_password(account, [&current, &new], who, &asked.client).await {
        Ok(()) => {}
        Err(LoginError::Refused) => return Ok(shown(app, asked, person, Some(&Fault::Current))),
        Err(LoginError::Weak(weak)) => return Ok(shown(app, asked, person, Some(&Fault::New(weak)))),
        Err(LoginError::Wait { .. } | LoginError::Work { .. } | LoginError::Busy(_)) => {
            return Ok(shown(app, asked, person, Some(&Fault::Wait)));
        }
        Err(error) => return Err(Failure::from(error).into()),
    }
    let texts = Texts::of(asked.head.headers());
    let body = message_with(texts.mine.changed_says, (texts.login, "/login"));
    let mut response = Page::new(texts, texts.link.chosen, body).answer();
    clear_cookies(&mut response);
    Ok(response)
}

fn shown(app: &App, asked: &Asked, person: &Person, fault: Option<&Fault>) -> http::Response<crate::http::body::Body> {
    let texts = Texts::of(asked.head.headers());
    let csrf = form::token_of(app, person);
    let (status, error, weak) = match fault {
        None => (StatusCode::OK, None, None),
        Some(Fault::Current) => (StatusCode::UNAUTHORIZED, Some(texts.mine.wrong_password), None),
        Some(Fault::Wait) => (StatusCode::TOO_MANY_REQUESTS, Some(texts.wait), None),
        Some(Fault::New(weak)) => (StatusCode::BAD_REQUEST, None, Some(weak)),
    };
    let choice = Choice::new(app, texts, weak);
    let current = Field {
        name: "current",
        label: texts.mine.current_password,
        kind: "password",
        autocomplete: "current-password",
        error,
        is_first: weak.is_none(),
        ..Field::default()
    };
    let body = html! {
        (alert(error, Some("current")))
        (choice.alert())
        form method="post" action="/account/password" {
            (hidden(&[("csrf", &csrf)]))
            (current.show())
            (choice.field(texts, false))
            button type="submit" { (texts.link.save) }
        }
        p { a href="/account" { (texts.mine.back) } }
    };
    Page { status, has_logout: true, ..Page::new(texts, texts.mine.change_password, body) }.answer()
}
