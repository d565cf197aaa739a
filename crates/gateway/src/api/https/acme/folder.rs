//! What belongs to an ACME server, in `acme/` of the data folder, for the gateway's own user alone.
//!
//! | file | |
//! |---|---|
//! | `account.json` | the account and its key |
//! | `key.pem` | the key that the next certificate is asked for |
//! | `served.pem` | the certificate that is served, with its key |
//! | `schedule.json` | how often it failed, and when the next try may be |

use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rcgen::KeyPair;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::super::pin::Pin;
use super::super::tls::{Identity, TlsError};

/// Larger files are not ours.
const BYTES_MAX: u64 = 1024 * 1024;

const ACCOUNT: &str = "account.json";
const KEY: &str = "key.pem";
const SERVED: &str = "served.pem";
const SCHEDULE: &str = "schedule.json";

/// The folder.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// The one in a data folder; it need not be there yet.
    pub fn new(data: &Path) -> Self {
        Self(data.join("acme"))
    }

    /// The certificate with its key; `None` when nothing was issued yet.
    ///
    /// # Errors
    /// When what is there cannot be read, or is not of each other.
    pub fn identity(&self) -> Result<Option<Identity>, TlsError> {
        let Some(served) = self.read(SERVED)? else { return Ok(None) };
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(served.expose_secret().as_bytes()).collect();
        let path = self.0.join(SERVED);
        let chain = chain.map_err(|_| TlsError::NoCertificate { field: "acme", path })?;
        Identity::new(chain, &served).map(Some)
    }

    /// The pin of the key that the next certificate is asked for; `None` while there is none.
    ///
    /// # Errors
    /// When it cannot be read, or is no key.
    pub fn key_pin(&self) -> Result<Option<Pin>, TlsError> {
        self.read(KEY)?.map(|key| Pin::of_key(&key)).transpose().map_err(|error| {
            let source = std::io::Error::other(error);
            self.failed(KEY)(source)
        })
    }

    /// The key that the next certificate is asked for; made when there is none.
    pub(super) fn key(&self) -> Result<SecretString, TlsError> {
        if let Some(key) = self.read(KEY)? {
            return Ok(key);
        }
        let failed = |error: rcgen::Error| self.failed(KEY)(std::io::Error::other(error));
        let key: SecretString = KeyPair::generate().map_err(failed)?.serialize_pem().into();
        self.write(KEY, key.expose_secret())?;
        Ok(key)
    }

    /// In one file, so that a key never stands beside the certificate of another.
    pub(super) fn store(&self, key: &SecretString, chain: &str) -> Result<(), TlsError> {
        let both: SecretString = format!("{}{chain}", key.expose_secret()).into();
        self.write(SERVED, both.expose_secret())
    }

    pub(super) fn account<T: DeserializeOwned>(&self) -> Result<Option<T>, TlsError> {
        self.json(ACCOUNT)
    }

    pub(super) fn store_account(&self, account: &impl Serialize) -> Result<(), TlsError> {
        self.store_json(ACCOUNT, account)
    }

    pub(super) fn schedule<T: DeserializeOwned>(&self) -> Result<Option<T>, TlsError> {
        self.json(SCHEDULE)
    }

    pub(super) fn store_schedule(&self, schedule: &impl Serialize) -> Result<(), TlsError> {
        self.store_json(SCHEDULE, schedule)
    }

    fn json<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, TlsError> {
        let text = self.read(name)?;
        let parsed = text.map(|text| serde_json::from_str(text.expose_secret())).transpose();
        parsed.map_err(|error| self.failed(name)(error.into()))
    }

    fn store_json(&self, name: &str, value: &impl Serialize) -> Result<(), TlsError> {
        let text = serde_json::to_string(value).map_err(|error| self.failed(name)(error.into()))?;
        self.write(name, &text)
    }

    fn read(&self, name: &str) -> Result<Option<SecretString>, TlsError> {
        let path = self.0.join(name);
        match std::fs::metadata(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.failed(name)(error)),
            Ok(about) if about.len() > BYTES_MAX => Err(self.failed(name)(std::io::Error::other("larger than 1 MiB"))),
            Ok(_) => std::fs::read_to_string(&path).map(|text| Some(text.into())).map_err(self.failed(name)),
        }
    }

    /// Beside it first, then in its place: a file is whole or the old one.
    fn write(&self, name: &str, text: &str) -> Result<(), TlsError> {
        let (path, beside) = (self.0.join(name), self.0.join(format!("{name}.new")));
        let write = || {
            std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.0)?;
            match std::fs::remove_file(&beside) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            std::fs::rename(&beside, &path)
        };
        write().map_err(self.failed(name))
    }

    fn failed(&self, name: &str) -> impl FnOnce(std::io::Error) -> TlsError {
        let path = self.0.join(name);
        move |source| TlsError::Acme { path, source }
    }
}
