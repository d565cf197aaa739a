//! `/invitation`: who was invited chooses a password. It lets nobody in.

use http::Response;
use http::StatusCode;
use maud::{Markup, html};

use crate::app::App;
use crate::auth::login::LoginError;
use crate::auth::password::Weak;
use crate::error::Failure;
use crate::http::body::Body;
use crate::http::oauth2::Asked;
use crate::http::oauth2::answer::{Answer, Wrong};
use crate::http::page::field::hidden;
use crate::http::page::{Page, Texts, message_with};

use super::choice::Choice;
use super::form::{self, Form};
use super::link::{INVITATION, Link};

/// What the token of the form is of.
const FORM: &str = "invitation";

/// Asks for a password.
pub(super) fn page(app: &App, asked: &Asked) -> Answer {
    if let Some(taken) = INVITATION.taken(asked) {
        return taken;
    }
    match INVITATION.token(asked.head.headers()) {
        Some(_) => shown(app, asked, None),
        None => Ok(INVITATION.invalid(asked)),
    }
}

/// Takes the password. One that is not taken leaves the link as it was.
pub(super) async fn accept(app: &App, asked: &Asked) -> Answer {
    form::check(app, asked, FORM)?;
    let Some(token) = INVITATION.token(asked.head.headers()) else { return Ok(INVITATION.invalid(asked)) };
    let password = asked.form.value("new_password").unwrap_or_default().into();
    match app.logins.accept(&token, &password, &asked.client).await {
        Ok(_) => Ok(saved(INVITATION, asked)),
        Err(LoginError::Weak(weak)) => shown(app, asked, Some(&weak)),
        Err(error) => refused(INVITATION, asked, error),
    }
}

fn shown(app: &App, asked: &Asked, weak: Option<&Weak>) -> Answer {
    let texts = Texts::of(asked.head.headers());
    let form = Form::of(app, asked.head.headers(), FORM)?;
    let says = texts.link.invitation_says;
    let body = chooser(app, texts, (says, "/invitation", &form.csrf), weak);
    Ok(form.put(Page { status: status(weak), ..Page::new(texts, texts.link.invitation, body) }.answer()))
}

/// The form that takes a new password.
pub(super) fn chooser(
    app: &App,
    texts: &Texts,
    (says, action, csrf): (&str, &str, &str),
    weak: Option<&Weak>,
) -> Markup {
    let choice = Choice::new(app, texts, weak);
    html! {
        (choice.alert())
        p { (says) }
        form method="post" action=(action) {
            (hidden(&[("csrf", csrf)]))
            (choice.field(texts, true))
            button type="submit" { (texts.link.save) }
        }
    }
}

pub(super) fn status(weak: Option<&Weak>) -> StatusCode {
    if weak.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK }
}

/// Says that the password is saved.
pub(super) fn saved(link: Link, asked: &Asked) -> Response<Body> {
    let texts = Texts::of(asked.head.headers());
    let body = message_with(texts.link.chosen_says, (texts.login, "/login"));
    link.forgotten(Page::new(texts, texts.link.chosen, body).answer())
}

/// Says why a link did nothing.
pub(super) fn refused(link: Link, asked: &Asked, error: LoginError) -> Answer {
    match error {
        LoginError::Link => Ok(link.invalid(asked)),
        error => Err(Wrong::from(Failure::from(error))),
    }
}
