//! Origins that a configuration names.
//!
//! Invariant: an origin fits by being written exactly so, but for one name in the place of a leading `*`. Nothing is taken
//! apart that a browser did not write itself.

use std::net::IpAddr;
use std::str::FromStr;

/// An origin, or a family of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pattern {
    /// Every origin.
    Any,
    /// One origin.
    Exact(String),
    /// Every host one name below: what stands before that name and what after.
    Below(String, String),
}

/// Why a text is no origin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OriginError {
    /// The origin of everything that has none, which any page can have.
    #[error("`null` is the origin of sandboxed frames and files, which anybody can make")]
    Null,
    /// It has no scheme or no host.
    #[error("`{0}` is no origin: it is written scheme://host or scheme://host:port")]
    Form(String),
    /// There is more than an origin.
    #[error("`{0}` has more than an origin has: no path, not even `/`, no user, no query")]
    More(String),
    /// Browsers write lower case.
    #[error("`{0}` must be in lower case, as browsers write it")]
    Case(String),
    /// Browsers leave the port out.
    #[error("`{0}` names its scheme's own port, which browsers leave out")]
    Port(String),
    /// The star is not one name.
    #[error(
        "`{0}`: a `*` stands for the first name of a host only, with two more behind it, as in https://*.example.com"
    )]
    Star(String),
}

impl Pattern {
    /// Whether an origin fits.
    pub fn fits(&self, origin: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Exact(exact) => exact == origin,
            Self::Below(before, after) => {
                let name = origin.strip_prefix(before.as_str()).and_then(|rest| rest.strip_suffix(after.as_str()));
                name.is_some_and(is_name)
            }
        }
    }

    /// Whether its pages come unencrypted over a network.
    pub fn is_plain(&self) -> bool {
        let (Self::Exact(text) | Self::Below(text, _)) = self else { return false };
        let Some(host) = text.strip_prefix("http://") else { return false };
        let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
        let is_loopback = host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
        host != "localhost" && !is_loopback
    }
}

impl FromStr for Pattern {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, OriginError> {
        let short = || text.chars().take(64).collect::<String>();
        match text {
            "*" => return Ok(Self::Any),
            "null" => return Err(OriginError::Null),
            _ => {}
        }
        let (scheme, host) = text.split_once("://").ok_or_else(|| OriginError::Form(short()))?;
        if host.contains(['/', '?', '#', '@', '\\']) {
            return Err(OriginError::More(short()));
        }
        if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(OriginError::Case(short()));
        }
        let is_scheme = scheme.starts_with(|first: char| first.is_ascii_lowercase())
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+.-".contains(&byte));
        let (name, port) = split_port(host);
        let is_port = port.is_none_or(|port| port.parse::<u16>().is_ok() && !port.starts_with(['0', '+']));
        if !is_scheme || !is_port || !is_host(name.strip_prefix("*.").unwrap_or(name)) {
            return Err(if host.contains('*') { OriginError::Star(short()) } else { OriginError::Form(short()) });
        }
        if matches!((scheme, port), ("https", Some("443")) | ("http", Some("80"))) {
            return Err(OriginError::Port(short()));
        }
        let Some(rest) = name.strip_prefix("*.") else { return Ok(Self::Exact(text.to_owned())) };
        if !rest.contains('.') || rest.parse::<IpAddr>().is_ok() {
            return Err(OriginError::Star(short()));
        }
        Ok(Self::Below(format!("{scheme}://"), host[1..].to_owned()))
    }
}

/// Host and port; the colons of an IPv6 address are none.
fn split_port(host: &str) -> (&str, Option<&str>) {
    match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => (name, Some(port)),
        _ => (host, None),
    }
}

fn is_host(host: &str) -> bool {
    if let Some(inner) = host.strip_prefix('[') {
        return inner.strip_suffix(']').is_some_and(|inner| inner.parse::<std::net::Ipv6Addr>().is_ok());
    }
    host.split('.').all(is_name)
}

fn is_name(name: &str) -> bool {
    (1..=63).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, origin: &str, expected: bool) {
        assert_eq!(pattern.parse::<Pattern>().unwrap().fits(origin), expected, "{pattern} {origin}");
    }

    #[test]
    fn an_origin_fits_exactly_or_one_name_below() {
        check("https://app.example.com", "https://app.example.com", true);
        check("http://localhost:3000", "http://localhost:3000", true);
        check("http://[::1]:3000", "http://[::1]:3000", true);
        check("capacitor://localhost", "capacitor://localhost", true);
        check("https://*.example.com", "https://app.example.com", true);
        check("https://*.example.com:8443", "https://app.example.com:8443", true);
    }

    #[test]
    fn what_only_looks_like_it_does_not_fit() {
        for origin in [
            "https://app.example.com.evil.org",
            "https://evilapp.example.com",
            "https://app.example.com:8443",
            "http://app.example.com",
            "https://app.example.com/",
            "https://APP.example.com",
            "null",
            "",
        ] {
            check("https://app.example.com", origin, false);
        }
        for origin in [
            "https://example.com",
            "https://.example.com",
            "https://a.b.example.com",
            "https://evilexample.com",
            "https://evil.org/.example.com",
            "https://evil.org?.example.com",
            "https://evil.org#.example.com",
            "https://user@x.example.com",
            "https://evil.org:443.example.com",
            "https://app.example.com.evil.org",
            "http://app.example.com",
        ] {
            check("https://*.example.com", origin, false);
        }
    }

    #[test]
    fn what_is_no_origin_is_refused() {
        let refused = |text: &str| text.parse::<Pattern>().unwrap_err();
        assert_eq!(refused("null"), OriginError::Null);
        for text in [
            "app.example.com",
            "https:/app.example.com",
            "https://",
            "https://a..b",
            "https://a b",
            "://x",
            "https://x:99999",
        ] {
            assert!(matches!(refused(text), OriginError::Form(_)), "{text}");
        }
        for text in [
            "https://app.example.com/",
            "https://app.example.com/path",
            "https://u@app.example.com",
            "https://a.example?x",
        ] {
            assert!(matches!(refused(text), OriginError::More(_)), "{text}");
        }
        for text in [
            "https://*",
            "https://*.com",
            "https://app.*.com",
            "https://a*.example.com",
            "https://*.*.example.com",
            "https://*.10.0.0.1",
        ] {
            assert!(matches!(refused(text), OriginError::Star(_)), "{text}");
        }
        assert!(matches!(refused("https://App.example.com"), OriginError::Case(_)));
        assert!(matches!(refused("https://app.example.com:443"), OriginError::Port(_)));
    }
}
