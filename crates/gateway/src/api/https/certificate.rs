//! What a certificate says about itself: how long it holds, for whom, and the pin of its key.

use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use serde::Serialize;
use x509_parser::extensions::GeneralName;
use x509_parser::parse_x509_certificate;

use super::pin::Pin;
use super::tls::TlsError;

/// Larger files are not certificates.
pub(super) const PEM_BYTES_MAX: u64 = 1024 * 1024;
/// Larger lists of certificates that were taken back are none; a million of them fit.
const LIST_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// A warning comes no earlier than this before the end, however long the certificate holds.
const WARNING_MAX: SignedDuration = SignedDuration::from_hours(21 * 24);

/// What a certificate says about itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Certificate {
    /// From when it holds.
    pub not_before: Timestamp,
    /// Until when.
    pub not_after: Timestamp,
    /// The names and addresses it is for.
    pub names: Vec<String>,
    /// The pin of its key.
    pub pin: Pin,
}

impl Certificate {
    /// Reads one from DER; `None` when it is no X.509 certificate.
    pub fn parse(der: &[u8]) -> Option<Self> {
        let (_, certificate) = parse_x509_certificate(der).ok()?;
        let validity = certificate.validity();
        let names = certificate.subject_alternative_name().ok().flatten();
        let names = names.map(|names| names.value.general_names.iter().filter_map(name).collect());
        Some(Self {
            not_before: Timestamp::from_second(validity.not_before.timestamp()).ok()?,
            not_after: Timestamp::from_second(validity.not_after.timestamp()).ok()?,
            names: names.unwrap_or_default(),
            pin: Pin::of_public_key(certificate.public_key().raw),
        })
    }

    /// Whether it ends so soon that somebody should look: within a fifth of its time, at most three weeks.
    pub fn ends_soon(&self, now: Timestamp) -> bool {
        let lifetime = self.not_after.duration_since(self.not_before);
        self.not_after.duration_since(now) < (lifetime / 5).min(WARNING_MAX)
    }

    /// Whether it holds at a time.
    pub fn holds(&self, now: Timestamp) -> bool {
        self.not_before <= now && now < self.not_after
    }
}

fn name(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => match bytes.len() {
            4 => <[u8; 4]>::try_from(*bytes).ok().map(|ip| std::net::IpAddr::from(ip).to_string()),
            16 => <[u8; 16]>::try_from(*bytes).ok().map(|ip| std::net::IpAddr::from(ip).to_string()),
            _ => None,
        },
        _ => None,
    }
}

/// All certificates of a PEM file, in its order; at least one. `field` is the setting that names the file.
///
/// # Errors
/// When the file cannot be read, is too large, or holds none.
pub fn read(field: &'static str, path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let pem = read_file(field, path)?;
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    match read {
        Ok(found) if !found.is_empty() => Ok(found),
        _ => Err(TlsError::NoCertificate { field, path: path.to_owned() }),
    }
}

/// A file of at most a mebibyte.
pub(super) fn read_file(field: &'static str, path: &Path) -> Result<Vec<u8>, TlsError> {
    read_up_to(PEM_BYTES_MAX, field, path)
}

/// A file of lists of certificates that were taken back.
pub(super) fn read_list(path: &Path) -> Result<Vec<u8>, TlsError> {
    read_up_to(LIST_BYTES_MAX, "client_crl", path)
}

fn read_up_to(most: u64, field: &'static str, path: &Path) -> Result<Vec<u8>, TlsError> {
    let failed = |source| TlsError::Read { field, path: PathBuf::from(path), source };
    if std::fs::metadata(path).map_err(failed)?.len() > most {
        return Err(failed(std::io::Error::other(format!("larger than {} MiB", most >> 20))));
    }
    std::fs::read(path).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(days: i64) -> Certificate {
        let mut params = rcgen::CertificateParams::new(["gate.example".to_owned(), "127.0.0.1".to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(2026, 1, 1);
        params.not_after = params.not_before + std::time::Duration::from_secs(days.unsigned_abs() * 86_400);
        let key = rcgen::KeyPair::generate().unwrap();
        Certificate::parse(params.self_signed(&key).unwrap().der()).unwrap()
    }

    fn check(days: i64, left: i64, expected: bool) {
        let certificate = made(days);
        let now = certificate.not_after - SignedDuration::from_hours(left * 24);
        assert_eq!(certificate.ends_soon(now), expected, "{left} of {days} days left");
    }

    #[test]
    fn a_warning_comes_before_the_end_but_not_all_the_time() {
        check(90, 30, false);
        check(90, 17, true);
        check(6, 2, false);
        check(6, 1, true);
        check(365, 22, false);
        check(365, 20, true);
        check(365, -1, true);
    }

    #[test]
    fn names_times_and_pin_are_read() {
        let certificate = made(90);
        assert_eq!(certificate.names, ["gate.example", "127.0.0.1"]);
        assert_eq!(certificate.not_before.to_string(), "2026-01-01T00:00:00Z");
        assert!(certificate.holds(certificate.not_before) && !certificate.holds(certificate.not_after));
    }

    #[test]
    fn what_is_cut_off_or_no_certificate_is_none() {
        let key = rcgen::KeyPair::generate().unwrap();
        let params = rcgen::CertificateParams::new(["gate.example".to_owned()]).unwrap();
        let whole = params.self_signed(&key).unwrap().der().to_vec();
        assert!(Certificate::parse(&whole).is_some());
        assert!((0..whole.len()).all(|length| Certificate::parse(&whole[..length]).is_none()));
        assert_eq!(Certificate::parse(b"no certificate"), None);
    }
}
