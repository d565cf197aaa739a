//! Pins of keys that apps rely on (`api.https.pin`): SHA-256 over a public key as certificates carry it (SPKI), as in
//! RFC 7469.
//!
//! An app with pins refuses every server whose key is not among them, however good its certificate. So what was once given
//! to apps binds: [`Book`] remembers the published sets, and a key that is missing in one of them is not served.
//!
//! Invariant: a set that is published has at least two pins, one of them of a key that is not in use.

mod book;
pub mod form;

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::crypto::aws_lc_rs::sign::any_supported_type;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

pub use book::{Book, Set};

/// The pin of a key.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pin([u8; 32]);

/// Why pins cannot be published, or a key not be served.
#[derive(Debug, thiserror::Error)]
pub enum PinError {
    /// Apps would refuse the key.
    #[error(
        "the key with the pin {pin} is not in the published pins {}: apps that have them would refuse it (serve a key that \
         is, or retire them with `portcullis pin retire`, or set server.tls.danger_break_pins)", .sets.join(", ")
    )]
    Broken {
        /// The pin of the key that was to be served.
        pin: Pin,
        /// The sets that do not have it.
        sets: Vec<String>,
    },
    /// The book cannot be read or written.
    #[error("the published pins {path} cannot be read or written")]
    Book {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Nothing to fall back to.
    #[error(
        "a set needs two different pins, one of them of a backup key that is not in use: `portcullis pin backup` makes one"
    )]
    NoBackup,
    /// There is no such set.
    #[error("no published set of pins has the id `{0}`")]
    Unknown(String),
    /// It is no pin.
    #[error("a pin is the SHA-256 of a public key in base64, 44 characters")]
    NoPin,
    /// It is no key.
    #[error("is no private key in PEM (PKCS #8, SEC 1 or PKCS #1)")]
    NoKey,
    /// It is no host.
    #[error("`{0}` is not the name of a host")]
    NoHost(String),
}

impl Pin {
    /// The pin of a public key in DER, as certificates carry it.
    pub fn of_public_key(spki: &[u8]) -> Self {
        let mut pin = [0; 32];
        pin.copy_from_slice(digest(&SHA256, spki).as_ref());
        Self(pin)
    }

    /// The pin of a private key in PEM.
    ///
    /// # Errors
    /// When it is none.
    pub fn of_key(pem: &SecretString) -> Result<Self, PinError> {
        let der = PrivateKeyDer::from_pem_slice(pem.expose_secret().as_bytes()).map_err(|_| PinError::NoKey)?;
        let key = any_supported_type(&der).map_err(|_| PinError::NoKey)?;
        Ok(Self::of_public_key(&key.public_key().ok_or(PinError::NoKey)?))
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&STANDARD.encode(self.0))
    }
}

impl FromStr for Pin {
    type Err = PinError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bytes = STANDARD.decode(text).map_err(|_| PinError::NoPin)?;
        bytes.try_into().map(Self).map_err(|_| PinError::NoPin)
    }
}

impl TryFrom<String> for Pin {
    type Error = PinError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Pin> for String {
    fn from(pin: Pin) -> Self {
        pin.to_string()
    }
}
