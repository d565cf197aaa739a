//! TLS on our side: TLS 1.3 alone, with the hybrid key exchange X25519MLKEM768 first, and certificates of clients where
//! they are asked for.
//!
//! What is read is one [`Tls`], made at the start and at every reload: a connection gets the one that is in force when
//! it comes. A file that cannot be used leaves the last one in force. What an ACME server issues in between takes the place
//! of the certificate alone.
//!
//! Invariant: what is served passed [`Book::check`](super::pin::Book::check), so no published pin breaks unnoticed.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use jiff::Timestamp;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{ServerConfig, version};
use secrecy::{ExposeSecret, SecretString};

use super::acme::Folder;
use super::certificate::{Certificate, read, read_file};
use super::client::Clients;
use super::config::TlsConfig;
use super::pin::{Book, Pin, PinError};
use crate::infra::secrets::SecretError;

/// Why TLS cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("server.tls.{field}: {path} cannot be read")]
    Read {
        /// The setting.
        field: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file holds no certificate in PEM.
    #[error("server.tls.{field}: {path} holds no certificate in PEM (`-----BEGIN CERTIFICATE-----`)")]
    NoCertificate {
        /// The setting.
        field: &'static str,
        /// The file.
        path: PathBuf,
    },
    /// The key cannot be had.
    #[error("server.tls.key cannot be had")]
    Secret(#[from] SecretError),
    /// It is no key.
    #[error("server.tls.key: is no private key in PEM (PKCS #8, SEC 1 or PKCS #1)")]
    NoKey,
    /// The certificate, the key or an authority cannot be used.
    #[error("server.tls: certificate and key cannot be used together")]
    Unusable(#[source] rustls::Error),
    /// An authority of clients cannot be used.
    #[error("server.tls.client_ca: cannot be used: {0}")]
    Authority(String),
    /// A file holds no list of certificates that were taken back.
    #[error(
        "server.tls.client_crl: {0} holds no certificate revocation list in PEM (`-----BEGIN X509 CRL-----`) or DER"
    )]
    NoRevocations(PathBuf),
    /// The folder of what an ACME server issued cannot be used.
    #[error("server.tls.acme: {path} cannot be read or written")]
    Acme {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It would break pins that apps rely on, or they cannot be read.
    #[error(transparent)]
    Pin(#[from] PinError),
}

/// What new connections are served with.
#[derive(Debug, Clone)]
pub struct Tls {
    /// For each of them.
    pub server: Arc<ServerConfig>,
    shown: Arc<Shown>,
    /// Who decides about certificates of clients, where they are asked for.
    pub clients: Option<Arc<Clients>>,
}

/// A certificate and its key, ready to be shown.
#[derive(Debug, Clone)]
pub struct Identity {
    key: Arc<CertifiedKey>,
    /// What it says about itself.
    pub certificate: Certificate,
}

/// What is shown now; nothing until an ACME server has issued something.
#[derive(Debug, Default)]
struct Shown(RwLock<Option<Identity>>);

impl Tls {
    /// Reads what TLS is served with.
    ///
    /// # Errors
    /// When a file cannot be read, certificate and key are not of each other, or a published pin would break.
    pub fn load(config: &TlsConfig, data: &Path, now: Timestamp) -> Result<Self, TlsError> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let identity = identity(config, data, &provider)?;
        if let Some(identity) = &identity {
            check_pins(config, data, &identity.certificate.pin, now)?;
        }
        let shown = Arc::new(Shown(RwLock::new(identity)));
        let builder = ServerConfig::builder_with_provider(provider.clone())
            .with_protocol_versions(&[&version::TLS13])
            .map_err(TlsError::Unusable)?;
        let clients = Clients::load(config, &provider)?;
        let builder = match clients.clone() {
            Some(verifier) => builder.with_client_cert_verifier(verifier),
            None => builder.with_no_client_auth(),
        };
        let mut server = builder.with_cert_resolver(shown.clone());
        if config.client_ca.is_some() {
            // A session that is resumed does not show its certificate again, which may have ended since.
            server.send_tls13_tickets = 0;
        }
        server.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self { server: Arc::new(server), shown, clients })
    }

    /// What the certificate says that is shown now.
    pub fn certificate(&self) -> Option<Certificate> {
        self.shown.now().map(|identity| identity.certificate)
    }

    /// Shows another certificate to connections that come from now on.
    pub fn show(&self, identity: Identity) {
        *self.shown.0.write().unwrap_or_else(PoisonError::into_inner) = Some(identity);
    }
}

impl Shown {
    fn now(&self) -> Option<Identity> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl ResolvesServerCert for Shown {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.now().map(|identity| identity.key)
    }
}

impl Identity {
    /// Puts a chain and a key in PEM together.
    ///
    /// # Errors
    /// When they are not of each other, or no certificate and no key.
    pub fn new(chain: Vec<CertificateDer<'static>>, key: &SecretString) -> Result<Self, TlsError> {
        Self::with(chain, key, &aws_lc_rs::default_provider())
    }

    fn with(
        chain: Vec<CertificateDer<'static>>,
        key: &SecretString,
        provider: &CryptoProvider,
    ) -> Result<Self, TlsError> {
        let key = PrivateKeyDer::from_pem_slice(key.expose_secret().as_bytes()).map_err(|_| TlsError::NoKey)?;
        let unknown = || TlsError::Unusable(rustls::Error::General("not an X.509 certificate".to_owned()));
        let certificate = chain.first().and_then(|first| Certificate::parse(first)).ok_or_else(unknown)?;
        let key = CertifiedKey::from_der(chain, key, provider).map_err(TlsError::Unusable)?;
        Ok(Self { key: Arc::new(key), certificate })
    }
}

/// Refuses a key that would break published pins, but where the operator takes that.
///
/// # Errors
/// When it would, or the published pins cannot be read.
pub fn check_pins(config: &TlsConfig, data: &Path, pin: &Pin, now: Timestamp) -> Result<(), TlsError> {
    let checked = Book::open(data).and_then(|book| book.check(pin, now));
    match checked {
        Err(PinError::Broken { pin, sets }) if config.danger_break_pins => {
            tracing::warn!(%pin, sets = sets.join(", "), "a certificate is served that breaks published pins");
            Ok(())
        }
        checked => Ok(checked?),
    }
}

/// The certificate and key that the configuration leads to; `None` while an ACME server has issued none.
fn identity(config: &TlsConfig, data: &Path, provider: &CryptoProvider) -> Result<Option<Identity>, TlsError> {
    let (Some(certificate), Some(key)) = (&config.certificate, &config.key) else {
        return Folder::new(data).identity();
    };
    let mut identity = Identity::with(read("certificate", certificate)?, &key.resolve_all()?, provider)?;
    if let Some(path) = &config.ocsp_response {
        let response = read_file("ocsp_response", path)?;
        Arc::make_mut(&mut identity.key).ocsp = Some(response);
    }
    Ok(Some(identity))
}
