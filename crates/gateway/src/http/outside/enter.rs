//! A browser comes back from a provider, and goes on as after a password (`http::site::enter`).

use std::sync::Arc;

use http::header::{LOCATION, SET_COOKIE};
use http::{HeaderMap, Response};

use super::{Answer, BROWSER, failed};
use crate::app::App;
use crate::auth::cookie;
use crate::auth::outside::flow::Flow;
use crate::auth::outside::{AuthAnswer, Ended, OutsideError, Proven};
use crate::error::Failure;
use crate::http::body::Body;
use crate::http::oauth2::Asked;
use crate::http::oauth2::answer::Wrong;
use crate::http::page::{Page, Texts, message_with};
use crate::http::site::enter::{Next, led_on};
use crate::http::site::lead_on;
use crate::infra::monitor::metric::OutsideLabels;

/// Takes the answer of a provider.
pub(super) async fn come_back(app: &Arc<App>, name: &str, asked: &Asked) -> Answer {
    let headers = asked.head.headers();
    let answer = AuthAnswer {
        state: asked.query.value("state"),
        code: asked.query.value("code"),
        error: asked.query.value("error"),
        issuer: asked.query.value("iss"),
        browser: cookie::value(headers, BROWSER),
    };
    match app.outside().end(name, answer).await {
        Ok(Ended::Linked) => {
            count(app, name, "linked");
            Ok(linked(headers))
        }
        Ok(Ended::Proven(proven, flow)) => {
            count(app, name, "succeeded");
            let next = flow.next.clone();
            let entered = entered(app, asked, *proven, flow).await;
            entered.or_else(|failure| Ok(failed(headers, &failure, next.as_deref())))
        }
        Err((error, flow)) => {
            if let OutsideError::Refused(refused) = &error {
                count(app, name, refused.name());
            }
            let next = flow.and_then(|flow| flow.next);
            Ok(failed(headers, &error.into(), next.as_deref()))
        }
    }
}

/// Lets somebody in who was vouched for, as after a password: their second factor, or its set-up, is asked for by the same
/// pages.
async fn entered(app: &Arc<App>, asked: &Asked, proven: Proven, flow: Flow) -> Answer {
    let next = Next::named(app, flow.next.as_deref()).map_err(failure)?;
    let logged_in = app.logins.outside(proven);
    let led = led_on(app, asked, &logged_in, (&next, flow.before)).await.map_err(failure)??;
    Ok(by_page(asked.head.headers(), led))
}

/// A page of ours leads on in place of a redirect: cookies of a session do not come along from another site.
fn by_page(headers: &HeaderMap, led: Response<Body>) -> Response<Body> {
    let Some(next) = led.headers().get(LOCATION).and_then(|next| next.to_str().ok()) else { return led };
    let mut response = lead_on(headers, next.to_owned());
    for cookie in led.headers().get_all(SET_COOKIE) {
        response.headers_mut().append(SET_COOKIE, cookie.clone());
    }
    response
}

/// What an app asked is gone when it cannot be gone on with.
fn failure(wrong: Wrong) -> Failure {
    match wrong {
        Wrong::Failure(failure) => failure,
        Wrong::OAuth(_) => Failure::Request("`flow`: is too old, or unknown"),
    }
}

fn linked(headers: &HeaderMap) -> Response<Body> {
    let texts = Texts::of(headers);
    let body = message_with(texts.outside.linked, (texts.mine.back, "/account"));
    Page::new(texts, texts.done, body).answer()
}

/// Counts how a login ended, for a provider of the configuration.
pub(super) fn count(app: &App, name: &str, outcome: &'static str) {
    let labels = OutsideLabels { provider: name.to_owned(), outcome };
    app.metrics.outside_logins.get_or_create(&labels).inc();
}
