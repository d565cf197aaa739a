//! Whether a request comes from a page of this site, or from no page at all (`input.csrf`).
//!
//! Browsers say it in `Sec-Fetch-Site`, older ones in `Origin`. Programs say neither and are let through: they hold
//! nothing that another site could abuse.

use http::HeaderMap;
use http::header::{HOST, ORIGIN};

use crate::error::Failure;

const SEC_FETCH_SITE: &str = "sec-fetch-site";

/// Refuses what a page of another site sent.
pub(in crate::http) fn check(headers: &HeaderMap, public_url: Option<&str>) -> Result<(), Failure> {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    if text(SEC_FETCH_SITE).is_some_and(|site| !matches!(site, "same-origin" | "none")) {
        return Err(Failure::CrossSite);
    }
    let Some(origin) = text(ORIGIN.as_str()) else { return Ok(()) };
    let is_own = match public_url {
        Some(url) => origin.eq_ignore_ascii_case(url),
        None => {
            let host = origin.split_once("://").map(|(_, host)| host);
            host.is_some() && host == text(HOST.as_str())
        }
    };
    if is_own { Ok(()) } else { Err(Failure::CrossSite) }
}

/// Whether a browser says that a page of this site sent it. A program says nothing.
pub(super) fn is_own_page(headers: &HeaderMap, public_url: Option<&str>) -> bool {
    let is_said = headers.contains_key(ORIGIN) || headers.get(SEC_FETCH_SITE).is_some_and(|site| site == "same-origin");
    is_said && check(headers, public_url).is_ok()
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    fn check_of(pairs: &[(&'static str, &'static str)], public_url: Option<&str>) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        check(&headers, public_url).is_ok()
    }

    #[test]
    fn pages_of_other_sites_are_refused() {
        let own = Some("https://ai.example");
        assert!(check_of(&[], own));
        assert!(check_of(&[("origin", "https://ai.example"), ("sec-fetch-site", "same-origin")], own));
        assert!(check_of(&[("origin", "http://localhost:8080"), ("host", "localhost:8080")], None));
        for pairs in [
            &[("sec-fetch-site", "cross-site")][..],
            &[("sec-fetch-site", "same-site")],
            &[("origin", "https://evil.example")],
            &[("origin", "null")],
            &[("origin", "https://ai.example.evil.example"), ("host", "ai.example")],
            &[("origin", "https://ai.example"), ("sec-fetch-site", "cross-site")],
        ] {
            assert!(!check_of(pairs, own), "{pairs:?}");
            assert!(!check_of(pairs, None), "{pairs:?}");
        }
    }

    #[test]
    fn a_page_of_this_site_says_so() {
        let is_own = |pairs: &[(&'static str, &'static str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
            }
            is_own_page(&headers, Some("https://ai.example"))
        };
        assert!(is_own(&[("sec-fetch-site", "same-origin")]) && is_own(&[("origin", "https://ai.example")]));
        assert!(!is_own(&[]) && !is_own(&[("sec-fetch-site", "none")]) && !is_own(&[("origin", "null")]));
        assert!(!is_own(&[("sec-fetch-site", "same-origin"), ("origin", "https://evil.example")]));
    }
}
