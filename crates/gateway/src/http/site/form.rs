//! Forms of our own pages, told from those of others: they come from this very site, and carry a token that is bound to the
//! browser or, once somebody is logged in, to their session.

use http::header::SET_COOKIE;
use http::{HeaderMap, HeaderValue, Response};

use crate::app::App;
use crate::auth::cookie;
use crate::auth::oauth2::OAuthError;
use crate::error::Failure;
use crate::http::body::Body;
use crate::http::login::origin;
use crate::http::oauth2::Asked;
use crate::http::oauth2::answer::Wrong;
use crate::http::oauth2::person::Person;

/// Binds the forms of somebody who is not logged in yet to their browser.
pub(in crate::http) const BROWSER: &str = "__Host-portcullis-flow";

/// What a form for somebody who is not logged in yet needs.
pub(in crate::http) struct Form {
    /// The token.
    pub(in crate::http) csrf: String,
    cookie: Option<HeaderValue>,
}

impl Form {
    /// A form about this, for this browser, which gets a name if it has none.
    pub(in crate::http) fn of(app: &App, headers: &HeaderMap, about: &str) -> Result<Self, OAuthError> {
        if let Some(known) = cookie::value(headers, BROWSER) {
            return Ok(Self { csrf: app.csrf.token(&name(known, about)), cookie: None });
        }
        let browser = app.oauth().nonce()?;
        let line = format!("{BROWSER}={browser}; Path=/; Max-Age=3600; Secure; HttpOnly; SameSite=Strict");
        Ok(Self { csrf: app.csrf.token(&name(&browser, about)), cookie: HeaderValue::from_str(&line).ok() })
    }

    /// Gives the browser its name with the page.
    pub(in crate::http) fn put(self, mut response: Response<Body>) -> Response<Body> {
        if let Some(cookie) = self.cookie {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
        response
    }
}

/// Takes a form about this only from our own page, in the browser that got it, and says the browser's name.
pub(in crate::http) fn check<'a>(app: &App, asked: &'a Asked, about: &str) -> Result<&'a str, Wrong> {
    let headers = asked.head.headers();
    origin::check(headers, app.csrf.origin())?;
    let token = asked.form.value("csrf").unwrap_or_default();
    let browser = cookie::value(headers, BROWSER).filter(|browser| app.csrf.is_token(&name(browser, about), token));
    browser.ok_or_else(|| forged(app))
}

/// The token of all forms of somebody's own pages.
pub(super) fn token_of(app: &App, person: &Person) -> String {
    app.csrf.token(&name_of(person))
}

/// Takes a form only from this person's own pages.
pub(super) fn check_of(app: &App, asked: &Asked, person: &Person) -> Result<(), Wrong> {
    origin::check(asked.head.headers(), app.csrf.origin())?;
    let token = asked.form.value("csrf").unwrap_or_default();
    if app.csrf.is_token(&name_of(person), token) { Ok(()) } else { Err(forged(app)) }
}

fn forged(app: &App) -> Wrong {
    app.oauth().refuse("csrf", "");
    Failure::CrossSite.into()
}

fn name(browser: &str, about: &str) -> String {
    format!("form\n{browser}\n{about}")
}

fn name_of(person: &Person) -> String {
    format!("account\n{}", person.session.id)
}
