//! Certificates of clients: from whom they are taken, and which of them were taken back.
//!
//! Lists of what authorities took back (CRLs, RFC 5280) come in files, which something else renews. They are read with the
//! authorities, and again as soon as they change, without a reload.
//!
//! Invariants: where there are lists, a certificate is refused when its issuer has none, or one that has ended, unless the
//! operator takes that; a list that cannot be used leaves the last one in force, which ends by itself.

use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::SystemTime;

use aws_lc_rs::digest::{SHA256, digest};
use jiff::Timestamp;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{DigitallySignedStruct, DistinguishedName, Error, RootCertStore, SignatureScheme};
use serde::Serialize;
use x509_parser::parse_x509_crl;

use super::certificate::{read, read_list};
use super::config::TlsConfig;
use super::tls::TlsError;

/// Decides about certificates of clients.
#[derive(Debug)]
pub struct Clients {
    config: TlsConfig,
    provider: Arc<CryptoProvider>,
    now: RwLock<Arc<dyn ClientCertVerifier>>,
    /// The names of the authorities, and whether a certificate is a must: both stay until a reload.
    hints: Vec<DistinguishedName>,
    is_mandatory: bool,
    seen: Mutex<Seen>,
}

/// What was read last.
#[derive(Debug, Default)]
struct Seen {
    /// Size and time of each file, so that it is read only when it may have changed.
    stamps: Vec<Option<(u64, SystemTime)>>,
    hash: Vec<u8>,
    /// What was wrong with it, so that it is said once.
    wrong: Option<String>,
    lists: Option<Revocations>,
}

/// What lists of certificates that were taken back say together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Revocations {
    /// How many lists.
    pub lists: usize,
    /// How many certificates.
    pub revoked: usize,
    /// When the first of them ends.
    pub not_after: Option<Timestamp>,
}

impl Clients {
    /// Reads authorities and lists; `None` when no certificates are asked for.
    ///
    /// # Errors
    /// When a file cannot be read, or holds nothing that can be used.
    pub fn load(config: &TlsConfig, provider: &Arc<CryptoProvider>) -> Result<Option<Arc<Self>>, TlsError> {
        if config.client_ca.is_none() {
            return Ok(None);
        }
        let stamps = stamps(config);
        let lists = lists(config)?;
        let verifier = verifier(config, provider, &lists)?;
        let seen = Seen { stamps, hash: hash(&lists), wrong: None, lists: revocations(&lists) };
        Ok(Some(Arc::new(Self {
            config: config.clone(),
            provider: provider.clone(),
            hints: verifier.root_hint_subjects().to_vec(),
            is_mandatory: verifier.client_auth_mandatory(),
            now: RwLock::new(verifier),
            seen: Mutex::new(seen),
        })))
    }

    /// What the lists in force say; `None` without lists.
    pub fn revocations(&self) -> Option<Revocations> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).lists.clone()
    }

    /// Reads the lists again; gives what they say when they are others than before.
    ///
    /// # Errors
    /// When they cannot be used, once for each reason; those before stay in force.
    pub fn refresh(&self) -> Result<Option<Revocations>, TlsError> {
        if self.config.client_crl.is_empty() {
            return Ok(None);
        }
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        match self.reread(&mut seen) {
            Ok(news) => {
                seen.wrong = None;
                Ok(news)
            }
            Err(error) => {
                let is_known = seen.wrong.as_deref() == Some(error.to_string().as_str());
                seen.wrong = Some(error.to_string());
                if is_known { Ok(None) } else { Err(error) }
            }
        }
    }

    fn reread(&self, seen: &mut Seen) -> Result<Option<Revocations>, TlsError> {
        let stamps = stamps(&self.config);
        if stamps == seen.stamps && seen.wrong.is_none() {
            return Ok(None);
        }
        let lists = lists(&self.config)?;
        seen.stamps = stamps;
        let hash = hash(&lists);
        if hash == seen.hash {
            return Ok(None);
        }
        let verifier = verifier(&self.config, &self.provider, &lists)?;
        *self.now.write().unwrap_or_else(PoisonError::into_inner) = verifier;
        (seen.hash, seen.lists) = (hash, revocations(&lists));
        Ok(seen.lists.clone())
    }

    fn now(&self) -> Arc<dyn ClientCertVerifier> {
        self.now.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl ClientCertVerifier for Clients {
    fn client_auth_mandatory(&self) -> bool {
        self.is_mandatory
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &self.hints
    }

    fn verify_client_cert(
        &self,
        certificate: &CertificateDer<'_>,
        chain: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        self.now().verify_client_cert(certificate, chain, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.now().verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.now().verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.now().supported_verify_schemes()
    }
}

fn stamps(config: &TlsConfig) -> Vec<Option<(u64, SystemTime)>> {
    let stamp = |path| std::fs::metadata(path).ok().and_then(|file| Some((file.len(), file.modified().ok()?)));
    config.client_crl.iter().map(stamp).collect()
}

type Lists = Vec<CertificateRevocationListDer<'static>>;

fn lists(config: &TlsConfig) -> Result<Lists, TlsError> {
    let mut all = Vec::new();
    for path in &config.client_crl {
        let text = read_list(path)?;
        let unusable = || TlsError::NoRevocations(path.clone());
        let read = if text.starts_with(b"\x30") {
            vec![CertificateRevocationListDer::from(text)]
        } else {
            CertificateRevocationListDer::pem_slice_iter(&text).collect::<Result<_, _>>().map_err(|_| unusable())?
        };
        if read.is_empty() || read.iter().any(|list| parse_x509_crl(list).is_err()) {
            return Err(unusable());
        }
        all.extend(read);
    }
    Ok(all)
}

fn verifier(
    config: &TlsConfig,
    provider: &Arc<CryptoProvider>,
    lists: &Lists,
) -> Result<Arc<dyn ClientCertVerifier>, TlsError> {
    let mut roots = RootCertStore::empty();
    for authority in
        config.client_ca.iter().map(|path| read("client_ca", path)).collect::<Result<Vec<_>, _>>()?.concat()
    {
        roots.add(authority).map_err(|error| TlsError::Authority(error.to_string()))?;
    }
    let mut builder = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone());
    if !config.client_required {
        builder = builder.allow_unauthenticated();
    }
    if !lists.is_empty() {
        builder = builder.with_crls(lists.iter().cloned());
        if !config.danger_client_crl_ended {
            builder = builder.enforce_revocation_expiration();
        }
    }
    builder.build().map_err(|error| TlsError::Authority(error.to_string()))
}

fn hash(lists: &Lists) -> Vec<u8> {
    let hashes: Vec<u8> = lists.iter().flat_map(|list| digest(&SHA256, list).as_ref().to_vec()).collect();
    digest(&SHA256, &hashes).as_ref().to_vec()
}

fn revocations(lists: &Lists) -> Option<Revocations> {
    let parsed: Vec<_> = lists.iter().filter_map(|list| parse_x509_crl(list).ok()).map(|(_, list)| list).collect();
    let ends = parsed.iter().filter_map(|list| Timestamp::from_second(list.next_update()?.timestamp()).ok());
    let not_after = ends.min();
    let revoked = parsed.iter().map(|list| list.iter_revoked_certificates().count()).sum();
    (!parsed.is_empty()).then_some(Revocations { lists: parsed.len(), revoked, not_after })
}
