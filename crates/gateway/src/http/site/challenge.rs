//! `POST /challenge`: the script of the page that asks a browser for work shows what it found.

use crate::app::App;
use crate::error::Failure;
use crate::http::challenge;
use crate::http::login::origin;
use crate::http::oauth2::Asked;
use crate::http::oauth2::answer::Answer;
use crate::infra::network::ddos::config::ChallengeMode;

/// Takes a solution. Where none is ever asked for, there is no such address.
pub(super) fn take(app: &App, asked: &Asked) -> Answer {
    let headers = asked.head.headers();
    if app.gate.rules().challenge.mode == ChallengeMode::Off {
        let (method, path) = (asked.head.method().to_string(), asked.head.uri().path().to_owned());
        return Err(Failure::NoRoute { method, path }.into());
    }
    origin::check(headers, app.csrf.origin())?;
    Ok(challenge::take(app, asked.client.ip, headers, asked.form.value("solution").unwrap_or_default()))
}
