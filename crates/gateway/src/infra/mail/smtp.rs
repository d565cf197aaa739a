//! A mail server: dialled through the way out, over TLS but on loopback.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use async_trait::async_trait;
use lettre::Message;
use lettre::message::Mailbox;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, AsyncTokioStream, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use rustls::pki_types::ServerName;
use secrecy::ExposeSecret as _;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::config::MailConfig;
use super::{Letter, MailError, Outbox, message};
use crate::infra::network::egress::{Egress, Reach, Target};
use crate::infra::trust;

/// A mail server that takes longer does not get the letter.
const TIMEOUT: Duration = Duration::from_secs(20);

/// Where the mail server is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relay {
    /// Its host and port.
    pub target: Target,
    tls: Tls,
    user: Option<String>,
}

/// When TLS begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tls {
    /// With the connection.
    Wrapped,
    /// After `STARTTLS`, which is required.
    Started,
    /// Never: it is on this machine.
    Off,
}

impl Relay {
    /// Reads `smtps://[user@]host[:port]` or `smtp://…`. Without TLS a server on the way would read every link, so it is
    /// required but on loopback.
    ///
    /// # Errors
    /// When it is no such address.
    pub fn parse(url: &str) -> Result<Self, MailError> {
        let (scheme, rest) = url.split_once("://").ok_or(MailError::Server)?;
        let (user, host) = rest.rsplit_once('@').map_or((None, rest), |(user, host)| (Some(user.to_owned()), host));
        let named = host.rsplit_once(':').filter(|(name, _)| !name.contains(':') || name.ends_with(']'));
        let (host, port) = named.map_or((host, None), |(host, port)| (host, Some(port)));
        let mut target = Target::at(host, 0).map_err(|_| MailError::Server)?;
        let is_here = target.host.is_localhost() || target.host.address().is_some_and(|address| address.is_loopback());
        let (tls, usual) = match scheme {
            "smtps" => (Tls::Wrapped, 465),
            "smtp" if is_here => (Tls::Off, 25),
            "smtp" => (Tls::Started, 587),
            _ => return Err(MailError::Server),
        };
        target.port = port.map_or(Ok(usual), str::parse).map_err(|_| MailError::Server)?;
        Ok(Self { target, tls, user })
    }
}

/// A mail server.
#[derive(Debug)]
pub(super) struct Server {
    relay: Relay,
    credentials: Option<Credentials>,
    from: Mailbox,
    egress: Arc<Egress>,
}

impl Server {
    /// Opens no connection yet.
    pub(super) fn new(
        relay: Relay,
        config: &MailConfig,
        from: Mailbox,
        egress: Arc<Egress>,
    ) -> Result<Self, MailError> {
        let password = config.smtp_password.as_ref().map(|password| password.resolve()).transpose()?;
        let credentials = relay.user.clone().zip(password);
        let credentials =
            credentials.map(|(user, password)| Credentials::new(user, password.expose_secret().to_owned()));
        Ok(Self { relay, credentials, from, egress })
    }

    async fn connected(&self) -> Result<AsyncSmtpConnection, MailError> {
        let stream = self.egress.connect(&self.relay.target, Reach::Configured, TIMEOUT).await?;
        let (hello, host) = (ClientId::default(), self.relay.target.host.to_string());
        if self.relay.tls == Tls::Wrapped {
            let name = ServerName::try_from(host).map_err(|_| MailError::Server)?;
            let stream = TlsConnector::from(Arc::new(trust::client(None)?)).connect(name, stream).await?;
            return Ok(AsyncSmtpConnection::connect_with_transport(Box::new(Wrapped(stream)), &hello).await?);
        }
        let mut connection = AsyncSmtpConnection::connect_with_transport(Box::new(stream), &hello).await?;
        if self.relay.tls == Tls::Started {
            connection.starttls(TlsParameters::new(host)?, &hello).await?;
        }
        Ok(connection)
    }

    async fn sent(&self, message: Message) -> Result<(), MailError> {
        let mut connection = self.connected().await?;
        if let Some(credentials) = &self.credentials {
            connection.auth(DEFAULT_MECHANISMS, credentials).await?;
        }
        connection.send(message.envelope(), &message.formatted()).await?;
        // It has the letter; how it says goodbye changes nothing.
        connection.abort().await;
        Ok(())
    }
}

#[async_trait]
impl Outbox for Server {
    async fn send(&self, letter: Letter) -> Result<(), MailError> {
        let id = uuid::Uuid::now_v7().simple().to_string();
        let sent = self.sent(message(&self.from, letter, &id)?);
        tokio::time::timeout(TIMEOUT, sent).await.unwrap_or(Err(io::Error::from(io::ErrorKind::TimedOut).into()))
    }
}

/// A connection that is TLS from its beginning.
#[derive(Debug)]
struct Wrapped(TlsStream<TcpStream>);

impl AsyncTokioStream for Wrapped {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.0.get_ref().0.peer_addr()
    }
}

impl AsyncRead for Wrapped {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl AsyncWrite for Wrapped {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tls_is_required_but_on_loopback() {
        for (url, tls, target, user) in [
            ("smtp://mail.example:2525", Tls::Started, "mail.example:2525", None),
            ("smtp://ada@mail.example", Tls::Started, "mail.example:587", Some("ada")),
            ("smtp://127.0.0.1.example:25", Tls::Started, "127.0.0.1.example:25", None),
            ("smtp://10.0.0.1:25", Tls::Started, "10.0.0.1:25", None),
            ("smtp://127.0.0.1", Tls::Off, "127.0.0.1:25", None),
            ("smtp://[::1]:2525", Tls::Off, "[::1]:2525", None),
            ("smtp://localhost:2525", Tls::Off, "localhost:2525", None),
            ("smtps://ada@example.com@mail.example", Tls::Wrapped, "mail.example:465", Some("ada@example.com")),
        ] {
            let relay = Relay::parse(url).unwrap();
            assert_eq!((relay.tls, relay.target.to_string()), (tls, target.to_owned()), "{url}");
            assert_eq!(relay.user.as_deref(), user, "{url}");
        }
        for url in ["http://mail.example", "smtp://", "smtp://127.1", "smtp://mail.example:x", "mail.example"] {
            assert!(Relay::parse(url).is_err(), "{url}");
        }
    }
}
