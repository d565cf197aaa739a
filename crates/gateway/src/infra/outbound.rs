//! The door for what others make this gateway ask: addresses that somebody registered or sent, not an operator's settings.
//!
//! How far such an address may lead says its [`Reach`]; [`Egress`] looks at it and dials. Redirects are answers like
//! others and are never followed. Time and size have an end, no cookie or credential goes out, and no proxy is used. What is
//! not this machine is asked over TLS alone.
//!
//! Invariant: an error tells nothing of where a name leads, since strangers may read it.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Method, Request, StatusCode, Uri};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use rustls::ClientConfig;

use super::network::egress::{Egress, EgressError, Reach, Target, refusal};
use super::trust;

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
    /// Nobody allowed its host.
    #[error("the host of the address is not one that this gateway asks (egress.allow)")]
    Unlisted,
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
#[derive(Debug)]
pub struct Outbound {
    egress: Arc<Egress>,
    tls: OnceLock<ClientConfig>,
}

impl Outbound {
    /// Opens no connection yet.
    pub fn new(egress: Arc<Egress>) -> Self {
        Self { egress, tls: OnceLock::new() }
    }

    /// Asks once.
    ///
    /// # Errors
    /// When the address may not be asked, or nothing came of it.
    pub async fn ask(&self, ask: Ask<'_>) -> Result<Answer, OutboundError> {
        let timeout = ask.timeout;
        tokio::time::timeout(timeout, self.asked(ask)).await.map_err(|_| OutboundError::Timeout)?
    }

    async fn asked(&self, ask: Ask<'_>) -> Result<Answer, OutboundError> {
        let uri = checked(ask.uri)?;
        let request = Request::builder()
            .method(ask.method)
            .uri(uri)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("accept", "application/json")
            .body(Full::new(Bytes::from(ask.body)))
            .map_err(|_| OutboundError::Address)?;
        let https = HttpsConnectorBuilder::new()
            .with_tls_config(self.tls()?)
            .https_or_http()
            .enable_http1()
            .wrap_connector(self.egress.connector(ask.reach, None));
        let client: Client<_, Full<Bytes>> =
            Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(https);
        let (parts, body) = client.request(request).await.map_err(OutboundError::of)?.into_parts();
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

impl OutboundError {
    fn of(error: hyper_util::client::legacy::Error) -> Self {
        match refusal(&error) {
            Some(EgressError::Form(_)) => Self::Address,
            Some(EgressError::Unlisted { .. }) => Self::Unlisted,
            Some(_) => Self::Private,
            None => Self::Unreachable(error),
        }
    }
}

/// An address that may be asked as far as it says itself: plainly written, and over TLS beyond this machine.
fn checked(text: &str) -> Result<Uri, OutboundError> {
    let uri: Uri = text.parse().map_err(|_| OutboundError::Address)?;
    let authority = uri.authority().map(http::uri::Authority::as_str).unwrap_or_default();
    let is_http = matches!(uri.scheme_str(), Some("http" | "https"));
    if !is_http || authority.is_empty() || authority.contains('@') || text.contains('#') {
        return Err(OutboundError::Address);
    }
    let target = Target::of(&uri).map_err(|_| OutboundError::Address)?;
    let is_here = target.host.is_localhost() || target.host.address().is_some_and(|ip| ip.is_loopback());
    if uri.scheme_str() == Some("https") || is_here { Ok(uri) } else { Err(OutboundError::Address) }
}

#[cfg(test)]
mod tests {
    use super::super::network::egress::Rules;
    use super::*;

    fn ask(uri: &str, reach: Reach) -> Ask<'_> {
        let timeout = Duration::from_secs(2);
        Ask { method: Method::GET, uri, body: String::new(), reach, bytes_max: 16, timeout }
    }

    async fn refused(uri: &str, reach: Reach, rules: &Rules) -> String {
        let outbound = Outbound::new(Arc::new(Egress::new(rules.clone())));
        outbound.ask(ask(uri, reach)).await.unwrap_err().to_string()
    }

    #[tokio::test]
    async fn private_addresses_are_refused_however_they_are_written() {
        let everything = Rules::new(&toml::from_str("allow = ['*']").unwrap(), Vec::new());
        for uri in [
            "http://127.0.0.1:1/",
            "https://127.0.0.1/",
            "https://localhost/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[::ffff:a9fe:a9fe]/",
            "https://[64:ff9b::a9fe:a9fe]/",
            "https://[2002:a9fe:a9fe::]/",
            "https://[fd00:ec2::254]/",
            "https://169.254.169.254/latest/meta-data",
            "https://10.0.0.1/",
            "https://0.0.0.0/",
            "https://[::]/",
        ] {
            for reach in [Reach::Listed, Reach::Registered] {
                let said = refused(uri, reach, &everything).await;
                assert_eq!(said, "the address leads into a private network", "{uri}");
            }
            let said = refused(uri, Reach::Listed, &Rules::default()).await;
            assert!(said.contains("egress.allow"), "{uri}: {said}");
        }
    }

    #[tokio::test]
    async fn what_is_not_plainly_written_is_no_address() {
        for uri in [
            "ftp://example.com/",
            "https://user@example.com/",
            "https:///",
            "/x",
            "https://example.com/#a",
            "http://example.com/",
            "http://10.0.0.1/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://0177.0.0.1/",
            "https://127.1/",
            "https://127.0.0.1./",
        ] {
            let said = refused(uri, Reach::Any, &Rules::default()).await;
            assert!(said.starts_with("the address is not `https`"), "{uri}: {said}");
        }
        let said = refused("https://10.0.0.1/", Reach::Loopback, &Rules::default()).await;
        assert_eq!(said, "the address leads into a private network", "loopback is not the rest of the network");
    }
}
