//! Cookies of browsers (`auth.jwt.storage`): host-bound, never sent over plain connections or by other sites, and, but for
//! the token that page script sends back, not readable by page script.
//!
//! The prefix `__Host-` makes browsers refuse a cookie that another host, a sub-domain or a plain connection set
//! (RFC 6265bis, 4.1.3.2). A name that stands twice is taken for an attack and counts as absent.

use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};

/// Holds the access token.
pub const ACCESS: &str = "__Host-portcullis-access";
/// Holds the refresh token.
pub const REFRESH: &str = "__Host-portcullis-refresh";
/// Holds the token against forged requests, for page script to read.
pub const CSRF: &str = "__Host-portcullis-csrf";

/// The cookie of this name.
pub fn value<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut values = pairs.filter(|(own, _)| *own == name).map(|(_, value)| value);
    let first = values.next()?;
    values.next().is_none().then_some(first)
}

/// The `Set-Cookie` lines of a session: what is secret out of reach of page script.
pub fn set(access: (&str, i64), refresh: (&str, i64), csrf: &str) -> [Option<HeaderValue>; 3] {
    [
        line(ACCESS, access.0, access.1, "; HttpOnly"),
        line(REFRESH, refresh.0, refresh.1, "; HttpOnly"),
        line(CSRF, csrf, refresh.1, ""),
    ]
}

/// The `Set-Cookie` lines that end all of it.
pub fn clear() -> [Option<HeaderValue>; 3] {
    [line(ACCESS, "", 0, "; HttpOnly"), line(REFRESH, "", 0, "; HttpOnly"), line(CSRF, "", 0, "")]
}

/// A line; `None` for a value that cannot stand in one, which no token is.
fn line(name: &str, value: &str, age_s: i64, script: &str) -> Option<HeaderValue> {
    let is_plain = value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    let text = format!("{name}={value}; Path=/; Max-Age={age_s}; Secure; SameSite=Strict{script}");
    if is_plain { HeaderValue::from_str(&text).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(lines: &[&str], expected: Option<&str>) {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(COOKIE, HeaderValue::from_str(line).unwrap());
        }
        assert_eq!(value(&headers, ACCESS), expected, "{lines:?}");
    }

    #[test]
    fn a_cookie_is_found_by_its_exact_name_and_only_when_it_stands_once() {
        check(&["a=b; __Host-portcullis-access=x.y; c=d"], Some("x.y"));
        check(&["a=b", "__Host-portcullis-access=x"], Some("x"));
        check(&["__Host-portcullis-access=x; __Host-portcullis-access=y"], None);
        check(&["__Host-portcullis-access=x", "__Host-portcullis-access=x"], None);
        check(&["__host-portcullis-access=x"], None);
        check(&["a__Host-portcullis-access=x"], None);
        check(&[], None);
    }

    #[test]
    fn v3_3_1_secret_cookies_are_host_bound_secure_strict_and_out_of_reach_of_script() {
        let [access, refresh, csrf] = set(("a.b.c", 1_800), ("pcr_v1.s.0.m", 604_800), "tok");
        let text = |line: Option<HeaderValue>| line.unwrap().to_str().unwrap().to_owned();
        let common = "; Path=/; Max-Age=1800; Secure; SameSite=Strict; HttpOnly";
        assert_eq!(text(access), format!("__Host-portcullis-access=a.b.c{common}"));
        assert!(text(refresh).ends_with("; HttpOnly"));
        assert!(!text(csrf).contains("HttpOnly"));
        assert!(line(ACCESS, "a; Domain=evil", 1, "").is_none());
    }
}
