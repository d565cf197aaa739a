//! Where a request really comes from.
//!
//! Behind proxies the other end of the connection is one of them, and who asked stands in a header that each of them adds to.
//! It is read from right to left, for as long as the one who wrote the entry is trusted: the first address that is no proxy
//! of ours is the client's. What stands left of it the client may have written itself, and nobody reads it. One header
//! counts, the one the configuration names, since a proxy passes on the other as it came.
//!
//! Invariant: limits, throttles, the firewall, bans and the audit log all use this one address, as [`Peer`].

use std::net::IpAddr;

use http::{HeaderMap, HeaderName};

use crate::infra::network::address::ForwardedHeader;

/// Proxies that one request may have passed.
const HOPS_MAX: usize = 16;
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Who is at the other end of the connection: its address, or the one that the PROXY header says. As the request's extension.
#[derive(Debug, Clone, Copy)]
pub struct Near(pub IpAddr);

/// Where a request comes from, as its extension.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub IpAddr);

/// Finds the client: `near` unless it is trusted, else what the trusted say.
pub(super) fn client(
    near: IpAddr,
    headers: &HeaderMap,
    header: ForwardedHeader,
    trusts: impl Fn(IpAddr) -> bool,
) -> Peer {
    let mut client = near.to_canonical();
    let name = match header {
        ForwardedHeader::XForwardedFor => X_FORWARDED_FOR,
        ForwardedHeader::Forwarded => http::header::FORWARDED,
    };
    let lines: Vec<&str> = headers.get_all(name).into_iter().map(|line| line.to_str().unwrap_or("?")).collect();
    let hops = lines.iter().rev().flat_map(|line| line.rsplit(',')).take(HOPS_MAX);
    for hop in hops {
        if !trusts(client) {
            break;
        }
        let said = match header {
            ForwardedHeader::XForwardedFor => address(hop.trim()),
            ForwardedHeader::Forwarded => forwarded_for(hop),
        };
        // Somebody trusted wrote what is no address: the last that is known is the best there is.
        let Some(said) = said else { break };
        client = said.to_canonical();
    }
    Peer(client)
}

/// The `for=` of one element of `Forwarded`. Names that hide the address (`_hidden`, `unknown`) are none.
fn forwarded_for(element: &str) -> Option<IpAddr> {
    let mut pairs = element.split(';').filter_map(|pair| pair.trim().split_once('='));
    let (_, value) = pairs.find(|(name, _)| name.eq_ignore_ascii_case("for"))?;
    address(value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value))
}

/// `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]` or `[2001:db8::1]:4711`.
fn address(text: &str) -> Option<IpAddr> {
    if let Some(rest) = text.strip_prefix('[') {
        let (inner, port) = rest.split_once(']')?;
        let is_port = port.is_empty() || port.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok());
        return inner.parse().ok().filter(|_| is_port).map(IpAddr::V6);
    }
    text.parse().ok().or_else(|| text.parse::<std::net::SocketAddrV4>().ok().map(|socket| IpAddr::V4(*socket.ip())))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;
    use crate::infra::network::address::Range;

    fn check(near: &str, header: ForwardedHeader, lines: &[&str], expected: &str) {
        let mut headers = HeaderMap::new();
        let name = match header {
            ForwardedHeader::XForwardedFor => "x-forwarded-for",
            ForwardedHeader::Forwarded => "forwarded",
        };
        for line in lines {
            headers.append(name, HeaderValue::from_str(line).unwrap());
        }
        let trusted: Vec<Range> =
            ["10.0.0.0/8", "2001:db8:aaaa::/48"].iter().map(|text| text.parse().unwrap()).collect();
        let trusts = |address| trusted.iter().any(|range| range.contains(address));
        let Peer(client) = client(near.parse().unwrap(), &headers, header, trusts);
        assert_eq!(client.to_string(), expected, "{near} {lines:?}");
    }

    #[test]
    fn x_forwarded_for_is_read_from_right_to_left_and_only_from_the_trusted() {
        let check = |near: &str, lines: &[&str], expected: &str| {
            check(near, ForwardedHeader::XForwardedFor, lines, expected);
        };
        check("203.0.113.9", &["198.51.100.1"], "203.0.113.9");
        check("10.0.0.1", &["198.51.100.1"], "198.51.100.1");
        check("10.0.0.1", &["1.1.1.1, 198.51.100.1"], "198.51.100.1");
        check("10.0.0.1", &["1.1.1.1, 198.51.100.1, 10.0.0.2"], "198.51.100.1");
        check("10.0.0.1", &["1.1.1.1", "198.51.100.1", "10.0.0.2"], "198.51.100.1");
        check("10.0.0.1", &["10.0.0.3, 10.0.0.2"], "10.0.0.3");
        check("10.0.0.1", &[], "10.0.0.1");
        check("::ffff:10.0.0.1", &["198.51.100.1:4711"], "198.51.100.1");
        check("10.0.0.1", &["[2001:db8::1]:4711"], "2001:db8::1");
        check("2001:db8:aaaa::1", &["2001:db8::1"], "2001:db8::1");
    }

    #[test]
    fn what_is_no_address_is_not_believed() {
        let check = |line: &str, expected: &str| check("10.0.0.1", ForwardedHeader::XForwardedFor, &[line], expected);
        check("198.51.100.1, garbage", "10.0.0.1");
        check("garbage, 198.51.100.1", "198.51.100.1");
        check("198.51.100.1, 10.0.0.2, ", "10.0.0.1");
        check("198.51.100.1:99999", "10.0.0.1");
        check("[2001:db8::1]x", "10.0.0.1");
        check("[198.51.100.1]", "10.0.0.1");
        check(&"10.0.0.2, ".repeat(40), "10.0.0.1");
        check(&format!("198.51.100.1{}", ", 10.0.0.2".repeat(40)), "10.0.0.2");
    }

    #[test]
    fn forwarded_is_read_in_the_same_way() {
        let check = |lines: &[&str], expected: &str| check("10.0.0.1", ForwardedHeader::Forwarded, lines, expected);
        check(&["for=198.51.100.1;proto=https;by=10.0.0.1"], "198.51.100.1");
        check(&["for=1.1.1.1, proto=https;For=\"[2001:db8::1]:4711\""], "2001:db8::1");
        check(&["for=1.1.1.1, for=198.51.100.1, for=10.0.0.2"], "198.51.100.1");
        check(&["for=198.51.100.1, for=unknown"], "10.0.0.1");
        check(&["for=198.51.100.1, for=_gateway"], "10.0.0.1");
        check(&["proto=https"], "10.0.0.1");
    }

    #[test]
    fn the_header_that_is_not_configured_says_nothing() {
        let mut headers = HeaderMap::new();
        headers.insert("forwarded", HeaderValue::from_static("for=1.1.1.1"));
        let Peer(peer) = client("10.0.0.1".parse().unwrap(), &headers, ForwardedHeader::XForwardedFor, |_| true);
        assert_eq!(peer.to_string(), "10.0.0.1");
    }
}
