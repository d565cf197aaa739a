//! Requests that another site made a browser send (`input.csrf`).
//!
//! Three checks, all of them, on every request that a cookie authenticates. 1. `Sec-Fetch-Site`, which page script cannot
//! set, has to say `same-origin`. 2. `Origin`, where it is sent, has to be ours; who changes something sends one of the two.
//! 3. Who changes something sends the token that only our own pages can read: an HMAC of the session, so that a token that
//! was planted, or is of another session, is none. What carries its credential in a header is not affected: no site can
//! make a browser send that.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::{HOST, ORIGIN};
use http::{HeaderMap, HeaderName, Method};

/// Carries the token of the page.
pub const TOKEN: HeaderName = HeaderName::from_static("x-csrf-token");
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Why a request may be forged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Forged {
    /// The browser says that another site asked.
    #[error("another site asked for this")]
    Site,
    /// The origin is another one, or nothing says which it is.
    #[error("the request does not come from this origin")]
    Origin,
    /// The token is missing, or of another session.
    #[error("`x-csrf-token` is missing or not that of this session")]
    Token,
}

/// Makes tokens and checks requests.
#[derive(Debug)]
pub struct Csrf {
    key: hmac::Key,
    origin: Option<String>,
}

impl Csrf {
    /// With a key, and the origin that pages are at; without one, `Host` is believed.
    pub fn new(key: hmac::Key, origin: Option<String>) -> Self {
        Self { key, origin }
    }

    /// The origin that pages are at, where it is configured.
    pub fn origin(&self) -> Option<&str> {
        self.origin.as_deref()
    }

    /// The token of a session.
    pub fn token(&self, session: &str) -> String {
        URL_SAFE_NO_PAD.encode(hmac::sign(&self.key, session.as_bytes()).as_ref())
    }

    /// Whether this is the token of a session, or of a page. Compared in constant time.
    pub fn is_token(&self, session: &str, token: &str) -> bool {
        let tag = URL_SAFE_NO_PAD.decode(token).unwrap_or_default();
        hmac::verify(&self.key, session.as_bytes(), &tag).is_ok()
    }

    /// Checks a request that a cookie of this session authenticates.
    ///
    /// # Errors
    /// When another site may have made the browser send it.
    pub fn check(&self, method: &Method, headers: &HeaderMap, session: &str) -> Result<(), Forged> {
        let changes = !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
        let text = |name: &HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
        let (site, origin) = (text(&FETCH_SITE), text(&ORIGIN));
        // `none` is a person at the address bar, which reads and does not change.
        let site_is_right = site.is_none_or(|site| site == "same-origin" || site == "none" && !changes);
        if !site_is_right || headers.get_all(&FETCH_SITE).iter().count() > 1 {
            return Err(Forged::Site);
        }
        let origin_is_right = match origin {
            Some(origin) => self.is_own(origin, headers),
            None => !changes || site.is_some(),
        };
        if !origin_is_right || headers.get_all(ORIGIN).iter().count() > 1 {
            return Err(Forged::Origin);
        }
        if changes && !text(&TOKEN).is_some_and(|token| self.is_token(session, token)) {
            return Err(Forged::Token);
        }
        Ok(())
    }

    fn is_own(&self, origin: &str, headers: &HeaderMap) -> bool {
        if let Some(own) = &self.origin {
            return own.eq_ignore_ascii_case(origin);
        }
        let host = headers.get(HOST).and_then(|host| host.to_str().ok()).filter(|host| !host.is_empty());
        let of = |scheme: &str| origin.strip_prefix(scheme);
        let authority = of("https://").or_else(|| of("http://"));
        host.is_some_and(|host| authority.is_some_and(|own| own.eq_ignore_ascii_case(host)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn csrf() -> Csrf {
        Csrf::new(hmac::Key::new(hmac::HMAC_SHA256, &[7; 32]), None)
    }

    fn check(method: Method, headers: &[(&'static str, &str)], expected: Result<(), Forged>) {
        let mut map = HeaderMap::new();
        map.insert(HOST, "gate.example".parse().unwrap());
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        assert_eq!(csrf().check(&method, &map, "ses_a"), expected, "{method} {headers:?}");
    }

    #[test]
    fn the_matrix_of_site_origin_and_token() {
        let token = csrf().token("ses_a");
        let ours = ("x-csrf-token", token.as_str());
        let (same, own) = (("sec-fetch-site", "same-origin"), ("origin", "https://gate.example"));
        check(Method::POST, &[same, own, ours], Ok(()));
        check(Method::POST, &[own, ours], Ok(()));
        check(Method::POST, &[same, ours], Ok(()));
        check(Method::POST, &[ours], Err(Forged::Origin));
        check(Method::POST, &[same, own], Err(Forged::Token));
        for site in ["cross-site", "same-site", "none", "", "?"] {
            check(Method::POST, &[("sec-fetch-site", site), own, ours], Err(Forged::Site));
        }
        check(Method::POST, &[("sec-fetch-site", "cross-site"), same, own, ours], Err(Forged::Site));
        for origin in ["null", "https://evil.example", "https://gate.example.evil.example", "https://gate.example:8443"]
        {
            check(Method::POST, &[same, ("origin", origin), ours], Err(Forged::Origin));
        }
        for token in [csrf().token("ses_b"), String::new(), "AAAA".to_owned(), format!("{token}=")] {
            check(Method::DELETE, &[same, own, ("x-csrf-token", &token)], Err(Forged::Token));
        }
        check(Method::GET, &[("sec-fetch-site", "none")], Ok(()));
        check(Method::GET, &[], Ok(()));
        check(Method::GET, &[("sec-fetch-site", "cross-site")], Err(Forged::Site));
        check(Method::GET, &[("origin", "https://evil.example")], Err(Forged::Origin));
    }

    #[test]
    fn a_configured_origin_is_the_only_one() {
        let csrf = Csrf::new(hmac::Key::new(hmac::HMAC_SHA256, &[7; 32]), Some("https://gate.example".into()));
        let mut headers = HeaderMap::new();
        headers.insert(HOST, "evil.example".parse().unwrap());
        headers.insert(ORIGIN, "https://evil.example".parse().unwrap());
        assert_eq!(csrf.check(&Method::GET, &headers, "ses_a"), Err(Forged::Origin));
    }
}
