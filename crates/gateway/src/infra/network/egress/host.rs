//! Hosts as they are written in addresses.
//!
//! Invariant: a [`Host`] means the same to every program that reads it. `2130706433`, `0x7f.1`, `127.1` and `0177.0.0.1` are
//! loopback to some and names to others, so they are no hosts here.

use std::fmt;
use std::net::IpAddr;

/// An address, or a name in small letters without the dot at its end.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Host(Form);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Form {
    Address(IpAddr),
    Name(String),
}

impl Host {
    /// Reads a host, an IPv6 address with or without brackets.
    pub fn parse(text: &str) -> Option<Self> {
        let inner = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        if let Ok(address) = inner.unwrap_or(text).parse::<IpAddr>() {
            let is_plain = inner.is_none() || address.is_ipv6();
            return is_plain.then(|| Self(Form::Address(address.to_canonical())));
        }
        let name = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
        is_name(&name).then_some(Self(Form::Name(name)))
    }

    /// The address, when it is one.
    pub fn address(&self) -> Option<IpAddr> {
        match self.0 {
            Form::Address(address) => Some(address),
            Form::Name(_) => None,
        }
    }

    /// Whether it is a name of this machine (RFC 6761, 6.3).
    pub fn is_localhost(&self) -> bool {
        matches!(&self.0, Form::Name(name) if name == "localhost" || name.ends_with(".localhost"))
    }

    /// Whether it is a name below a domain.
    pub fn is_below(&self, domain: &Self) -> bool {
        let (Form::Name(name), Form::Name(domain)) = (&self.0, &domain.0) else { return false };
        name.strip_suffix(domain.as_str()).is_some_and(|rest| rest.ends_with('.'))
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Form::Address(address) => address.fmt(f),
            Form::Name(name) => f.write_str(name),
        }
    }
}

/// Whether a text is a name: labels of letters, digits, `-` and `_`, the last of them no number (WHATWG URL, 3.5).
fn is_name(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_';
    let is_label = |label: &str| (1..=63).contains(&label.len()) && label.bytes().all(is_plain);
    let last = text.rsplit('.').next().unwrap_or_default();
    let hex = last.strip_prefix("0x");
    let is_number = last.bytes().all(|byte| byte.is_ascii_digit())
        || hex.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    text.len() <= 253 && text.split('.').all(is_label) && !is_number
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_an_address_or_a_name() {
        for (text, expected) in [
            ("API.Example.com", "api.example.com"),
            ("api.example.com.", "api.example.com"),
            ("model_server", "model_server"),
            ("127.0.0.1", "127.0.0.1"),
            ("[::1]", "::1"),
            ("::1", "::1"),
            ("[::ffff:10.0.0.1]", "10.0.0.1"),
            ("0x7f.example", "0x7f.example"),
        ] {
            assert_eq!(Host::parse(text).map(|host| host.to_string()).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn numbers_that_some_read_as_addresses_are_no_hosts() {
        for text in [
            "2130706433",
            "0x7f000001",
            "0x7f.1",
            "127.1",
            "127.0.1",
            "0177.0.0.1",
            "127.0.0.01",
            "127.0.0.1.",
            "127.0.0.0x1",
            "a.0x",
            "0x",
            "1.2.3.4.5",
            "256.1.1.1",
            "[127.0.0.1]",
            "[::1",
            "fe80::1%eth0",
            "",
            ".",
            "a..b",
            "a b",
            "a%2eb",
            "ⓔxample.com",
            "127。0。0。1",
        ] {
            assert_eq!(Host::parse(text), None, "{text}");
        }
    }

    #[test]
    fn below_a_domain_is_not_beside_it() {
        let host = |text: &str| Host::parse(text).unwrap();
        assert!(host("a.example.com").is_below(&host("example.com")));
        assert!(!host("example.com").is_below(&host("example.com")));
        assert!(!host("badexample.com").is_below(&host("example.com")));
        assert!(!host("example.com.evil.example").is_below(&host("example.com")));
    }
}
