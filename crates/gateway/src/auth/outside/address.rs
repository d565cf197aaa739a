//! Addresses of a provider: `https`, or `http` on loopback where the provider itself is on loopback.
//!
//! They come from the configuration and from what the provider says of itself. A certificate has to fit the host, so a
//! name that leads into the own network leads nowhere but to an error.

use http::Uri;

const BYTES_MAX: usize = 2_048;

/// Whether a text can be an issuer.
pub(super) fn is_issuer(text: &str) -> bool {
    parsed(text).is_some_and(|uri| is_safe(&uri, true)) && !text.contains('?')
}

/// The address of an endpoint of this issuer.
pub(super) fn endpoint(text: &str, issuer: &str) -> Option<Uri> {
    let is_local = parsed(issuer).is_some_and(|uri| uri.scheme_str() == Some("http"));
    parsed(text).filter(|uri| is_safe(uri, is_local))
}

/// Where a provider says what it is (OpenID Connect Discovery, 4).
pub(super) fn metadata(issuer: &str) -> String {
    format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'))
}

fn parsed(text: &str) -> Option<Uri> {
    let is_plain = text.len() <= BYTES_MAX && text.bytes().all(|byte| byte.is_ascii_graphic()) && !text.contains('#');
    text.parse().ok().filter(|_| is_plain)
}

fn is_safe(uri: &Uri, may_be_local: bool) -> bool {
    let Some(authority) = uri.authority() else { return false };
    let is_loopback = matches!(authority.host(), "localhost" | "127.0.0.1" | "[::1]");
    let scheme_is_right = match uri.scheme_str() {
        Some("https") => true,
        Some("http") => is_loopback && may_be_local,
        _ => false,
    };
    scheme_is_right && !authority.as_str().contains('@') && !authority.host().is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_loopback_only_and_only_where_the_issuer_is_there() {
        for (text, expected) in [
            ("https://id.example.com", true),
            ("https://id.example.com/tenant/v2.0", true),
            ("http://127.0.0.1:9000", true),
            ("http://id.example.com", false),
            ("http://127.0.0.1.evil.example", false),
            ("https://id.example.com/?a", false),
            ("https://id.example.com/#a", false),
            ("https://user@id.example.com", false),
            ("ftp://id.example.com", false),
            ("file:///etc/passwd", false),
            ("https://", false),
            ("id.example.com", false),
        ] {
            assert_eq!(is_issuer(text), expected, "{text}");
        }
        assert!(endpoint("http://127.0.0.1:1/token", "http://127.0.0.1:1").is_some());
        assert!(endpoint("http://127.0.0.1:1/token", "https://id.example.com").is_none());
        assert!(endpoint("http://169.254.169.254/latest", "http://127.0.0.1:1").is_none());
        assert!(endpoint("https://other.example.com/token?v=2", "https://id.example.com").is_some());
    }
}
