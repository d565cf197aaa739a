//! `/login/enrolment`: the first authenticator app, set up within a login that asks for one.

use http::{Response, StatusCode};
use maud::{Markup, PreEscaped, html};

use crate::app::App;
use crate::auth::login::LoginError;
use crate::auth::mfa::{Enrolment, MfaError, Proof};
use crate::error::Failure;
use crate::http::body::Body;
use crate::http::oauth2::Asked;
use crate::http::oauth2::answer::{Answer, Wrong, redirect};
use crate::http::page::field::{Field, Hidden, alert, hidden};
use crate::http::page::{Page, Texts};

use super::enter::{self, Held, Next, by_factor, over};
use super::factor::{self, proof};
use super::form::{self, Form};

/// What the token of the form is of.
const FORM: &str = "enrolment";

/// Shows what the app needs. It was begun when the password was right.
pub(super) async fn page(app: &App, asked: &Asked) -> Answer {
    let next = Next::of(app, &asked.query).await?;
    match Held::of(asked.head.headers()) {
        Some(held) => shown(app, asked, &held, &next, None).await,
        None => redirect(&next.beginning()),
    }
}

/// Takes the first code; with the session come recovery codes.
pub(super) async fn confirm(app: &App, asked: &Asked) -> Answer {
    form::check(app, asked, FORM)?;
    let next = Next::of(app, &asked.form).await?;
    let Some(held) = Held::of(asked.head.headers()) else { return Ok(over(asked, &next)) };
    let entered = match proof(&asked.form) {
        Some(proof @ Proof::Code(_)) => by_factor(app, asked, &held, &proof, &next).await?,
        _ => Err(MfaError::Wrong.into()),
    };
    match entered {
        Ok(response) => Ok(response),
        Err(LoginError::Factor(MfaError::Challenge)) => Ok(over(asked, &next)),
        Err(error) => shown(app, asked, &held, &next, Some(&error)).await,
    }
}

async fn shown(app: &App, asked: &Asked, held: &Held, next: &Next, error: Option<&LoginError>) -> Answer {
    let Some(enrolment) = begun(app, held).await? else { return Ok(over(asked, next)) };
    let texts = Texts::of(asked.head.headers());
    let (status, says) = enter::said(texts, error);
    let form = Form::of(app, asked.head.headers(), FORM)?;
    let fields = [("csrf", form.csrf.as_str()), ("flow", next.id())];
    let body = html! {
        p { (texts.factor.needed) }
        (setup(texts, &enrolment, ("/login/enrolment", &fields), says))
        p { a href=(next.beginning()) { (texts.factor.again) } }
    };
    Ok(form.put(answer(texts, status, body, next.target())))
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
) -> Markup {
    let code = Field { label: texts.factor.first_code, ..factor::code(texts, error, true) };
    html! {
        (alert(error, Some("code")))
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

pub(super) fn answer(
    texts: &'static Texts,
    status: StatusCode,
    body: Markup,
    leads_to: Option<String>,
) -> Response<Body> {
    Page { status, leads_to, ..Page::new(texts, texts.factor.enrol, body) }.answer()
}

/// A key as people can read it out.
fn grouped(secret: &str) -> String {
    let groups: Vec<&str> = secret.as_bytes().chunks(4).filter_map(|group| std::str::from_utf8(group).ok()).collect();
    groups.join(" ")
}
