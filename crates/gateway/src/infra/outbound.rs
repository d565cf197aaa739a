//! The door for what others make this gateway ask: addresses that somebody registered or sent, not an operator's settings.
//!
//! A name is resolved once, every address it has is looked at, and the connection goes to one of those very addresses, so
//! that a name cannot change between the look and the connection. Only public addresses are taken, and others where [`Reach`]
//! says so. Redirects are answers like others and are never followed. Time and size have an end, no cookie or
//! credential goes out, and no proxy is used.
//!
//! Invariant: nothing is connected to before [`is_public`] or its [`Reach`] has let it through.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::OnceLock;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST};
use http::{HeaderMap, Method, Request, StatusCode, Uri};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_rustls::{FixedServerNameResolver, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;

use super::trust;

/// Addresses of one name; more are not looked at, and the name is refused.
const ADDRESSES_MAX: usize = 16;

/// What is asked.
#[derive(Debug)]
pub struct Ask<'a> {
    /// GET, or POST of a form.
    pub method: Method,
    /// Where.
    pub uri: &'a str,
    /// What is sent.
    pub body: String,
    /// How far it may go.
    pub reach: Reach,
    /// Longer answers are refused.
    pub bytes_max: usize,
    /// For all of it.
    pub timeout: Duration,
}

/// How far a question may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// To public addresses.
    Public,
    /// To this machine too, there also without TLS.
    Loopback,
    /// Anywhere, as loopback also without TLS.
    Any,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// Its status; a redirect is one.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
}

/// Why nothing was learnt. Never holds what the other side said.
#[derive(Debug, thiserror::Error)]
pub enum OutboundError {
    /// The address is not one that may be asked.
    #[error("the address is not `https` with a host, or not written plainly")]
    Address,
    /// It leads to where nobody outside may make this gateway go.
    #[error("the address leads into a private network")]
    Private,
    /// The name is not known.
    #[error("the name cannot be resolved")]
    Name,
    /// The root certificates of the system cannot be read.
    #[error("the system's root certificates cannot be read")]
    Roots(#[source] std::io::Error),
    /// The connection failed.
    #[error("it cannot be reached")]
    Unreachable(#[source] hyper_util::client::legacy::Error),
    /// The answer is too long, or broke off.
    #[error("the answer is too long, or broke off")]
    Body,
    /// It took too long.
    #[error("it took too long")]
    Timeout,
}

/// The door.
#[derive(Debug, Default)]
pub struct Outbound {
    tls: OnceLock<ClientConfig>,
}

/// An address, taken apart.
struct Target {
    uri: Uri,
    host: String,
    port: u16,
    is_https: bool,
}

impl Outbound {
    /// Asks once.
    ///
    /// # Errors
    /// When the address may not be asked, or nothing came of it.
    pub async fn ask(&self, ask: Ask<'_>) -> Result<Answer, OutboundError> {
        let timeout = ask.timeout;
        tokio::time::timeout(timeout, self.asked(ask)).await.map_err(|_| OutboundError::Timeout)?
    }

    async fn asked(&self, ask: Ask<'_>) -> Result<Answer, OutboundError> {
        let target = target(ask.uri)?;
        let address = resolved(&target, ask.reach).await?;
        if !target.is_https && !address.ip().to_canonical().is_loopback() {
            return Err(OutboundError::Address);
        }
        let path = target.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
        let scheme = if target.is_https { "https" } else { "http" };
        let authority = target.uri.authority().map(http::uri::Authority::as_str).unwrap_or_default();
        let request = Request::builder()
            .method(ask.method)
            .uri(format!("{scheme}://{address}{path}"))
            .header(HOST, authority)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("accept", "application/json")
            .body(Full::new(Bytes::from(ask.body)))
            .map_err(|_| OutboundError::Address)?;
        let name = ServerName::try_from(target.host).map_err(|_| OutboundError::Address)?;
        let mut http = HttpConnector::new();
        http.enforce_http(false);
        let https = HttpsConnectorBuilder::new()
            .with_tls_config(self.tls()?)
            .https_or_http()
            .with_server_name_resolver(FixedServerNameResolver::new(name))
            .enable_http1()
            .wrap_connector(http);
        let client: Client<_, Full<Bytes>> =
            Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(https);
        let (parts, body) = client.request(request).await.map_err(OutboundError::Unreachable)?.into_parts();
        let body = Limited::new(body, ask.bytes_max).collect().await.map_err(|_| OutboundError::Body)?.to_bytes();
        Ok(Answer { status: parts.status, headers: parts.headers, body })
    }

    fn tls(&self) -> Result<ClientConfig, OutboundError> {
        if let Some(config) = self.tls.get() {
            return Ok(config.clone());
        }
        let config = trust::client(None).map_err(OutboundError::Roots)?;
        Ok(self.tls.get_or_init(|| config).clone())
    }
}

fn target(uri: &str) -> Result<Target, OutboundError> {
    let parsed: Uri = uri.parse().map_err(|_| OutboundError::Address)?;
    let is_https = match parsed.scheme_str() {
        Some("https") => true,
        Some("http") => false,
        _ => return Err(OutboundError::Address),
    };
    let authority = parsed.authority().map(http::uri::Authority::as_str).unwrap_or_default();
    if authority.is_empty() || authority.contains('@') || uri.contains('#') {
        return Err(OutboundError::Address);
    }
    let host = parsed.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']').to_owned();
    let port = parsed.port_u16().unwrap_or(if is_https { 443 } else { 80 });
    Ok(Target { uri: parsed, host, port, is_https })
}

/// One of the addresses of a name. One that may not be asked has all of them refused.
async fn resolved(target: &Target, reach: Reach) -> Result<SocketAddr, OutboundError> {
    let found = tokio::net::lookup_host((target.host.as_str(), target.port)).await;
    let found: Vec<SocketAddr> = found.map_err(|_| OutboundError::Name)?.take(ADDRESSES_MAX + 1).collect();
    let may = |address: &SocketAddr| {
        let ip = address.ip().to_canonical();
        is_public(ip) || reach == Reach::Any || reach == Reach::Loopback && ip.is_loopback()
    };
    if found.len() > ADDRESSES_MAX || !found.iter().all(may) {
        return Err(OutboundError::Private);
    }
    found.first().copied().ok_or(OutboundError::Name)
}

/// Whether an address is one of the public internet (IANA's special-purpose registries, RFC 6890).
pub fn is_public(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let is_special = ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_documentation()
        || ip.is_multicast()
        || a == 0
        || a >= 240
        || a == 100 && (64..128).contains(&b)
        || a == 192 && b == 0 && c == 0
        || a == 192 && b == 88 && c == 99
        || a == 198 && (b == 18 || b == 19);
    !is_special
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let [a, b, c, ..] = ip.segments();
    // What is not 2000::/3 is not global unicast: loopback, link-local, unique local, NAT64, mapped addresses.
    let is_global = a & 0xe000 == 0x2000;
    // Teredo and its neighbours, documentation, and 6to4, which would lead to any IPv4 address.
    let is_special = a == 0x2001 && (b < 0x0200 || b == 0x0db8) || a == 0x2002 || a == 0x3fff && b < 0x1000;
    is_global && !is_special && !(a == 0x2620 && b == 0x4f && c == 0x8000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(ip: &str, expected: bool) {
        assert_eq!(is_public(ip.parse().unwrap()), expected, "{ip}");
    }

    #[test]
    fn what_is_not_public() {
        for ip in ["8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450::1"] {
            check(ip, true);
        }
        for ip in [
            "127.0.0.1",
            "127.8.8.8",
            "0.0.0.0",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "192.0.0.1",
            "192.0.2.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "fe80::1",
            "fd00:ec2::254",
            "ff02::1",
            "::ffff:10.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::a00:1",
            "2002:a00:1::",
            "2001::1",
            "2001:db8::1",
        ] {
            check(ip, false);
        }
    }

    fn ask(uri: &str, reach: Reach) -> Ask<'_> {
        let timeout = Duration::from_secs(2);
        Ask { method: Method::GET, uri, body: String::new(), reach, bytes_max: 16, timeout }
    }

    #[tokio::test]
    async fn private_addresses_are_refused_however_they_are_written() {
        for uri in [
            "http://127.0.0.1:1/",
            "https://127.0.0.1/",
            "https://localhost/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://169.254.169.254/latest/meta-data",
            "https://10.0.0.1/",
            "https://0.0.0.0/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://127.1/",
        ] {
            let refused = Outbound::default().ask(ask(uri, Reach::Public)).await;
            assert!(matches!(refused, Err(OutboundError::Private | OutboundError::Name)), "{uri}: {refused:?}");
        }
        for uri in ["ftp://example.com/", "https://user@example.com/", "https:///", "/x", "https://example.com/#a"] {
            let refused = Outbound::default().ask(ask(uri, Reach::Any)).await;
            assert!(matches!(refused, Err(OutboundError::Address)), "{uri}: {refused:?}");
        }
        let refused = Outbound::default().ask(ask("https://10.0.0.1/", Reach::Loopback)).await;
        assert!(matches!(refused, Err(OutboundError::Private)), "loopback is not the rest of the network");
    }
}
