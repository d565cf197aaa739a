//! The token of a mailed link: moved from the address into a cookie at once, so that no history, no other site and no
//! bookmark has it, and nothing is used up by who only opens the link, as scanners of mail do.
//!
//! The cookie is lax, not strict: a page of mail leads here, and browsers count what follows as led by it too.

use http::header::SET_COOKIE;
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use secrecy::SecretString;

use crate::auth::cookie;
use crate::http::body::Body;
use crate::http::oauth2::Asked;
use crate::http::oauth2::answer::{Answer, redirect};
use crate::http::page::{Page, Texts, message_with};

/// How long a browser keeps a token.
const KEPT_S: i64 = 900;
/// Longer than any token.
const TOKEN_BYTES_MAX: usize = 128;

/// A kind of link.
#[derive(Clone, Copy)]
pub(super) struct Link {
    /// The cookie.
    cookie: &'static str,
    /// Where its page is.
    path: &'static str,
}

pub(super) const INVITATION: Link = Link { cookie: "__Host-portcullis-invitation", path: "/invitation" };
pub(super) const RECOVERY: Link = Link { cookie: "__Host-portcullis-recovery", path: "/recovery/password" };
pub(super) const VERIFICATION: Link = Link { cookie: "__Host-portcullis-verification", path: "/verification" };

impl Link {
    /// Takes the token out of the address, when it has one.
    pub(super) fn taken(self, asked: &Asked) -> Option<Answer> {
        let token = asked.query.value("token")?;
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        if token.len() > TOKEN_BYTES_MAX || !token.bytes().all(is_plain) {
            return Some(Ok(self.invalid(asked)));
        }
        Some(redirect(self.path).map(|response| self.with(response, token, KEPT_S)))
    }

    /// The token that this browser holds.
    pub(super) fn token(self, headers: &HeaderMap) -> Option<SecretString> {
        cookie::value(headers, self.cookie).map(SecretString::from)
    }

    /// Makes the browser forget it.
    pub(super) fn forgotten(self, response: Response<Body>) -> Response<Body> {
        self.with(response, "", 0)
    }

    /// Says that the link is not valid, and how to get another one.
    pub(super) fn invalid(self, asked: &Asked) -> Response<Body> {
        let texts = Texts::of(asked.head.headers());
        let body = message_with(texts.link.invalid, (texts.link.another, "/recovery"));
        let page = Page { status: StatusCode::BAD_REQUEST, ..Page::new(texts, texts.wrong, body) };
        self.forgotten(page.answer())
    }

    fn with(self, mut response: Response<Body>, value: &str, age_s: i64) -> Response<Body> {
        let line = format!("{}={value}; Path=/; Max-Age={age_s}; Secure; HttpOnly; SameSite=Lax", self.cookie);
        if let Ok(line) = HeaderValue::from_str(&line) {
            response.headers_mut().append(SET_COOKIE, line);
        }
        response
    }
}
