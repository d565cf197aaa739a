//! The handshake on our side, and why it failed, in words of a closed list.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustls::server::Acceptor;
use rustls::{AlertDescription, CertificateError, Error, ServerConfig};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::server::TlsStream;
use tokio_rustls::{LazyConfigAcceptor, TlsAcceptor};

use super::acme::Challenges;

/// Why there was no handshake, as metrics name it.
pub type Reason = &'static str;

/// The reason of who did not go on with it.
pub const TIMEOUT: Reason = "timeout";

/// What hands are shaken with.
#[derive(Debug, Clone)]
pub struct Terms {
    /// What clients are served with.
    pub server: Arc<ServerConfig>,
    /// What an ACME server is shown.
    pub challenges: Challenges,
}

/// Shakes hands within `patience`; gives nothing when an ACME server came to see a challenge, and has seen it.
///
/// # Errors
/// With the reason. Who did not get through was told by the protocol.
pub async fn accept(
    terms: Terms,
    stream: TcpStream,
    patience: Duration,
) -> Result<Option<TlsStream<TcpStream>>, Reason> {
    let shaken = async {
        if terms.challenges.has_handshakes() {
            return accept_or_prove(terms, stream).await;
        }
        TlsAcceptor::from(terms.server).accept(stream).await.map(Some)
    };
    match timeout(patience, shaken).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(error)) => Err(reason(&error)),
        Err(_) => Err(TIMEOUT),
    }
}

/// Looks at the first message before it is decided what it is answered with.
async fn accept_or_prove(terms: Terms, stream: TcpStream) -> io::Result<Option<TlsStream<TcpStream>>> {
    let start = LazyConfigAcceptor::new(Acceptor::default(), stream).await?;
    let Some(challenge) = terms.challenges.handshake(&start.client_hello()) else {
        return start.into_stream(terms.server).await.map(Some);
    };
    let mut seen = start.into_stream(challenge).await?;
    // There is nothing to be said on it (RFC 8737, 3).
    let _ = seen.shutdown().await;
    Ok(None)
}

fn reason(error: &io::Error) -> Reason {
    let Some(error) = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) else { return "closed" };
    match error {
        Error::PeerIncompatible(_) => "incompatible",
        Error::NoCertificatesPresented => "no_certificate",
        Error::InvalidCertificate(CertificateError::Revoked) => "revoked",
        Error::InvalidCertificate(
            CertificateError::UnknownRevocationStatus
            | CertificateError::ExpiredRevocationList
            | CertificateError::ExpiredRevocationListContext { .. },
        ) => "unlisted",
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
