//! `/recovery`: who lost their password asks for a link, and chooses another one by it. It lets nobody in, and the answer
//! does not say whether there is such an account.

use maud::html;

use crate::app::App;
use crate::auth::login::LoginError;
use crate::auth::password::Weak;
use crate::error::Failure;
use crate::http::oauth2::Asked;
use crate::http::oauth2::answer::Answer;
use crate::http::page::field::{Field, hidden};
use crate::http::page::{Page, Texts, message};

use super::form::{self, Form};
use super::invitation::{chooser, refused, saved, status};
use super::link::RECOVERY;
use super::login::tenant;

/// What the token of the first form is of.
const ASK: &str = "recovery";
/// What the token of the second form is of.
const CHOOSE: &str = "recovery/password";

/// Asks for the address.
pub(super) fn page(app: &App, asked: &Asked) -> Answer {
    if let Some(taken) = RECOVERY.taken(asked) {
        return taken;
    }
    let texts = Texts::of(asked.head.headers());
    let form = Form::of(app, asked.head.headers(), ASK)?;
    let email = Field {
        name: "email",
        label: texts.email,
        kind: "email",
        autocomplete: "username",
        is_first: true,
        ..Field::default()
    };
    let body = html! {
        p { (texts.link.forgot_says) }
        form method="post" action="/recovery" {
            (hidden(&[("csrf", &form.csrf), ("tenant", tenant(asked.query.value("tenant")))]))
            (email.show())
            button type="submit" { (texts.link.send) }
        }
    };
    Ok(form.put(Page::new(texts, texts.link.forgot, body).answer()))
}

/// Sends a link, if there is such an account.
pub(super) async fn ask(app: &App, asked: &Asked) -> Answer {
    form::check(app, asked, ASK)?;
    let email = asked.form.value("email").unwrap_or_default();
    app.logins.recovery(tenant(asked.form.value("tenant")), email, &asked.client).await.map_err(Failure::from)?;
    let texts = Texts::of(asked.head.headers());
    Ok(Page::new(texts, texts.link.sent, message(texts.link.sent_says, None)).answer())
}

/// Asks for the new password.
pub(super) fn choose(app: &App, asked: &Asked) -> Answer {
    match RECOVERY.token(asked.head.headers()) {
        Some(_) => shown(app, asked, None),
        None => Ok(RECOVERY.invalid(asked)),
    }
}

/// Takes it. One that is not taken leaves the link as it was.
pub(super) async fn complete(app: &App, asked: &Asked) -> Answer {
    form::check(app, asked, CHOOSE)?;
    let Some(token) = RECOVERY.token(asked.head.headers()) else { return Ok(RECOVERY.invalid(asked)) };
    let password = asked.form.value("new_password").unwrap_or_default().into();
    match app.logins.complete_recovery(&token, &password, &asked.client).await {
        Ok(_) => Ok(saved(RECOVERY, asked)),
        Err(LoginError::Weak(weak)) => shown(app, asked, Some(&weak)),
        Err(error) => refused(RECOVERY, asked, error),
    }
}

fn shown(app: &App, asked: &Asked, weak: Option<&Weak>) -> Answer {
    let texts = Texts::of(asked.head.headers());
    let form = Form::of(app, asked.head.headers(), CHOOSE)?;
    let body = chooser(app, texts, (texts.link.choose, "/recovery/password", &form.csrf), weak);
    Ok(form.put(Page { status: status(weak), ..Page::new(texts, texts.link.choose, body) }.answer()))
}
