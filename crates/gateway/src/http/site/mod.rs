//! The gateway's own pages for people: logging in, the links in letters, one's account. They work without script.
//!
//! Each page has a file, with what is shown and what takes its forms. A form is answered by another page's address, so that
//! going back or reloading sends nothing twice, but for what is shown only once.
//!
//! Invariants: reading a page changes nothing and uses nothing up; a form counts only when it comes from our own page, in
//! the browser or session that got it; no address holds a secret but that of a mailed link, which is left at once.

mod account;
mod app;
mod authenticator;
pub(super) mod ceremony;
mod challenge;
mod choice;
mod codes;
mod confirm;
mod enrolment;
pub(super) mod enter;
mod factor;
pub(super) mod form;
mod invitation;
mod link;
mod login;
mod outside;
mod own;
mod passkey;
mod password;
mod recovery;
mod verification;

use std::sync::Arc;

use http::{HeaderMap, Request, Response};
use hyper::body::Incoming;

use super::account::name_host;
use super::body::Body;
use super::oauth2::Asked;
use super::oauth2::answer::{Answer, page_error};
use super::page::{Page, Texts, onward};
use crate::app::App;
use crate::auth::cookie;
use crate::error::stamp;

/// The handlers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handler {
    /// Takes the proof of work of a browser.
    Challenge,
    /// The login page.
    Login,
    /// Takes address and password.
    EnterPassword,
    /// The page of the second factor.
    Factor,
    /// Takes a code.
    EnterFactor,
    /// The page that sets the first factor up within a login.
    Enrolment,
    /// Takes its first code.
    ConfirmEnrolment,
    /// The page that an invitation leads to.
    Invitation,
    /// Takes the first password.
    Accept,
    /// The page for who lost their password.
    Recovery,
    /// Sends a link.
    AskRecovery,
    /// The page that this link leads to.
    ChoosePassword,
    /// Takes the new password.
    CompleteRecovery,
    /// The page that the link to prove an address leads to.
    Verification,
    /// Takes the proof.
    Verify,
    /// One's own account.
    Account,
    /// Ends one of one's sessions.
    EndSession,
    /// Takes back what an app was let do.
    ChangeApp,
    /// Removes a factor.
    RemoveFactor,
    /// Begins to link an identity at an outside provider.
    LinkOutside,
    /// Unlinks one.
    UnlinkOutside,
    /// Gives a factor another name.
    RenameFactor,
    /// Makes new recovery codes.
    RenewCodes,
    /// The page to add a passkey.
    Passkey,
    /// Adds one.
    AddPasskey,
    /// The page to add an authenticator app.
    Authenticator,
    /// Begins to add one.
    BeginAuthenticator,
    /// Takes its first code.
    ConfirmAuthenticator,
    /// The page to change the password.
    Password,
    /// Changes it.
    ChangePassword,
    /// The page to show again who one is.
    Confirm,
    /// Takes the proof.
    StepUp,
    /// Logs out.
    Logout,
}

/// Answers a request.
pub(super) async fn handle(app: &Arc<App>, handler: Handler, mut request: Request<Incoming>) -> Response<Body> {
    name_host(&mut request);
    let request_id = app.new_id();
    let (asked, unread) = Asked::of(request, false).await;
    let answered = match unread {
        Some(wrong) => Err(wrong),
        None => Box::pin(served(app, handler, &asked)).await,
    };
    let mut response = answered.unwrap_or_else(|wrong| page_error(&wrong, &asked));
    stamp(&mut response, &request_id);
    response
}

async fn served(app: &App, handler: Handler, asked: &Asked) -> Answer {
    match handler {
        Handler::Challenge => challenge::take(app, asked),
        Handler::Login => login::page(app, asked).await,
        Handler::EnterPassword => login::enter(app, asked).await,
        Handler::Factor => factor::page(app, asked).await,
        Handler::EnterFactor => factor::enter(app, asked).await,
        Handler::Enrolment => enrolment::page(app, asked).await,
        Handler::ConfirmEnrolment => enrolment::confirm(app, asked).await,
        Handler::Invitation => invitation::page(app, asked),
        Handler::Accept => invitation::accept(app, asked).await,
        Handler::Recovery => recovery::page(app, asked),
        Handler::AskRecovery => recovery::ask(app, asked).await,
        Handler::ChoosePassword => recovery::choose(app, asked),
        Handler::CompleteRecovery => recovery::complete(app, asked).await,
        Handler::Verification => verification::page(app, asked),
        Handler::Verify => verification::verify(app, asked).await,
        own => own::served(app, own, asked).await,
    }
}

/// Whether another site led here, and the cookies of a session stayed at home for that.
pub(super) fn is_led_here(headers: &HeaderMap) -> bool {
    let site = headers.get("sec-fetch-site").and_then(|site| site.to_str().ok());
    let has_cookie = [cookie::ACCESS, cookie::REFRESH].iter().any(|name| cookie::value(headers, name).is_some());
    matches!(site, Some("cross-site" | "same-site")) && !has_cookie
}

/// Leads on from our own page, so that the cookies of a session come along.
pub(super) fn lead_on(headers: &HeaderMap, next: String) -> Response<Body> {
    let texts = Texts::of(headers);
    let body = onward(texts, &next);
    Page { next: Some(next), ..Page::new(texts, texts.login, body) }.answer()
}
