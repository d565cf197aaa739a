//! TLS on our side: TLS 1.3 alone, with the hybrid key exchange X25519MLKEM768 first, and certificates of clients where
//! they are asked for.
//!
//! What is read is one `ServerConfig`, made at the start and at every reload: a connection gets the one that is in force when
//! it comes. A file that cannot be used leaves the last one in force.

use std::path::PathBuf;
use std::sync::Arc;

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::{RootCertStore, ServerConfig, version};
use secrecy::ExposeSecret;

use super::config::TlsConfig;
use crate::infra::secrets::SecretError;

/// Larger files are not certificates.
const PEM_BYTES_MAX: u64 = 1024 * 1024;

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
}

/// Reads what TLS is served with.
///
/// # Errors
/// When a file cannot be read, or certificate and key are not of each other.
pub fn load(config: &TlsConfig) -> Result<Arc<ServerConfig>, TlsError> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let chain = certificates("certificate", &config.certificate)?;
    let pem = config.key.resolve_all()?;
    let key = PrivateKeyDer::from_pem_slice(pem.expose_secret().as_bytes()).map_err(|_| TlsError::NoKey)?;
    let builder = ServerConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(&[&version::TLS13])
        .map_err(TlsError::Unusable)?;
    let builder = match clients(config, provider)? {
        Some(verifier) => builder.with_client_cert_verifier(verifier),
        None => builder.with_no_client_auth(),
    };
    let mut server = builder.with_single_cert(chain, key).map_err(TlsError::Unusable)?;
    server.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(server))
}

fn clients(
    config: &TlsConfig,
    provider: Arc<rustls::crypto::CryptoProvider>,
) -> Result<Option<Arc<dyn ClientCertVerifier>>, TlsError> {
    let Some(path) = &config.client_ca else { return Ok(None) };
    let mut roots = RootCertStore::empty();
    for authority in certificates("client_ca", path)? {
        roots.add(authority).map_err(|error| TlsError::Authority(error.to_string()))?;
    }
    let builder = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
    let builder = if config.client_required { builder } else { builder.allow_unauthenticated() };
    builder.build().map(Some).map_err(|error| TlsError::Authority(error.to_string()))
}

fn certificates(field: &'static str, path: &PathBuf) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let failed = |source| TlsError::Read { field, path: path.clone(), source };
    if std::fs::metadata(path).map_err(failed)?.len() > PEM_BYTES_MAX {
        return Err(failed(std::io::Error::other("larger than 1 MiB")));
    }
    let pem = std::fs::read(path).map_err(failed)?;
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    match read {
        Ok(found) if !found.is_empty() => Ok(found),
        _ => Err(TlsError::NoCertificate { field, path: path.clone() }),
    }
}
