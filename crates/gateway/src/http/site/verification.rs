//! `/verification`: who got the letter proves their address, with a button: what only opens links proves nothing.

use maud::html;

use crate::app::App;
use crate::http::oauth2::Asked;
use crate::http::oauth2::answer::Answer;
use crate::http::page::field::hidden;
use crate::http::page::{Page, Texts, message};

use super::form::{self, Form};
use super::invitation::refused;
use super::link::VERIFICATION;

/// What the token of the form is of.
const FORM: &str = "verification";

/// Shows the button.
pub(super) fn page(app: &App, asked: &Asked) -> Answer {
    if let Some(taken) = VERIFICATION.taken(asked) {
        return taken;
    }
    if VERIFICATION.token(asked.head.headers()).is_none() {
        return Ok(VERIFICATION.invalid(asked));
    }
    let texts = Texts::of(asked.head.headers());
    let form = Form::of(app, asked.head.headers(), FORM)?;
    let body = html! {
        p { (texts.link.verification_says) }
        form method="post" action="/verification" {
            (hidden(&[("csrf", &form.csrf)]))
            button type="submit" { (texts.factor.confirm) }
        }
    };
    Ok(form.put(Page::new(texts, texts.link.verification, body).answer()))
}

/// Takes the proof.
pub(super) async fn verify(app: &App, asked: &Asked) -> Answer {
    form::check(app, asked, FORM)?;
    let Some(token) = VERIFICATION.token(asked.head.headers()) else { return Ok(VERIFICATION.invalid(asked)) };
    match app.logins.verify_email(&token, &asked.client).await {
        Ok(_) => {
            let texts = Texts::of(asked.head.headers());
            let page = Page::new(texts, texts.done, message(texts.link.verified_says, None));
            Ok(VERIFICATION.forgotten(page.answer()))
        }
        Err(error) => refused(VERIFICATION, asked, error),
    }
}
