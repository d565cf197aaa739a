//! The handshake on our side, and why it failed, in words of a closed list.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustls::{AlertDescription, Error, ServerConfig};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// Why there was no handshake, as metrics name it.
pub type Reason = &'static str;

/// The reason of who did not go on with it.
pub const TIMEOUT: Reason = "timeout";

/// Shakes hands within `patience`.
///
/// # Errors
/// With the reason. Who did not get through was told by the protocol.
pub async fn accept(
    config: Arc<ServerConfig>,
    stream: TcpStream,
    patience: Duration,
) -> Result<TlsStream<TcpStream>, Reason> {
    match timeout(patience, TlsAcceptor::from(config).accept(stream)).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(error)) => Err(reason(&error)),
        Err(_) => Err(TIMEOUT),
    }
}

fn reason(error: &io::Error) -> Reason {
    let Some(error) = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) else { return "closed" };
    match error {
        Error::PeerIncompatible(_) => "incompatible",
        Error::NoCertificatesPresented => "no_certificate",
        Error::InvalidCertificate(_) => "bad_certificate",
        Error::InvalidMessage(_) => "not_tls",
        Error::AlertReceived(
            AlertDescription::BadCertificate
            | AlertDescription::UnknownCA
            | AlertDescription::CertificateUnknown
            | AlertDescription::CertificateExpired
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::DecryptError,
        ) => "distrusted",
        Error::AlertReceived(_) => "alert",
        Error::NoApplicationProtocol => "incompatible",
        // No certificate to show yet.
        Error::General(_) => "unready",
        _ => "other",
    }
}
