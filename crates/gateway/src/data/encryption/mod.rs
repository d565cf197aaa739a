//! Encryption of what is at rest (`data.encryption.rest`): one module seals and opens everything.
//!
//! One master key of 32 bytes, from `master.key` in the data folder or by reference. Every purpose and tenant gets a key
//! of its own, derived by HKDF-SHA-256, so that keys per subject can come later behind [`Place`] without touching a
//! caller. Content is sealed with AES-256-GCM-SIV under a nonce of its own; table, column, row and tenant are bound to it as
//! additional data, so that a sealed value moved to another place does not open.
//!
//! Invariants: no key leaves this module except as what it signs, seals or hashes; a wrong master key is noticed at the
//! start, before anything is written with it.

mod installation;
mod master;
mod nonce;

use std::path::Path;
use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::signature::Ed25519KeyPair;
use aws_lc_rs::{error::Unspecified, hkdf, hmac};
use quick_cache::sync::Cache;
use secrecy::SecretString;
use zeroize::Zeroizing;

use installation::Installation;
use master::MasterKey;
use nonce::Nonces;

/// The first byte of everything sealed; another scheme gets another one.
const SCHEME: u8 = 1;
const TAG_BYTES: usize = 16;
const KEY_BYTES: usize = 32;
/// Derived keys that are kept ready.
const READY_KEYS_MAX: usize = 1_024;

/// Seals, opens, hashes and signs.
pub struct Sealer {
    master: MasterKey,
    installation: Installation,
    nonces: Nonces,
    /// Keys to seal with, by what they are derived for.
    ready: Cache<Vec<u8>, Arc<LessSafeKey>>,
}

/// Where a sealed value belongs.
#[derive(Debug, Clone, Copy)]
pub struct Place<'p> {
    /// The table.
    pub table: &'p str,
    /// The column.
    pub column: &'p str,
    /// The row.
    pub row: &'p str,
    /// Whose it is.
    pub tenant: &'p str,
}

/// Why something could not be sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// No master key is there.
    #[error("there is no master key in {0}")]
    NoMasterKey(std::path::PathBuf),
    /// It is not a key.
    #[error("the master key is not 32 bytes as base64 or hex")]
    NotAKey,
    /// It is a key, but not the one that this data folder was made with.
    #[error("the master key is not the one that this data folder was made with")]
    WrongKey,
    /// Others could read it.
    #[error("{0} can be read by others than its owner (`chmod 600` mends it)")]
    Exposed(std::path::PathBuf),
    /// A file could not be read or written.
    #[error("{path} cannot be read or written")]
    File {
        /// The file.
        path: std::path::PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It was changed, or belongs to another place, or was sealed under another key.
    #[error("a sealed value does not open: it was changed or moved, or its key is gone")]
    Tampered,
    /// The cryptographic library refused.
    #[error("the cryptographic library refused")]
    Crypto,
}

impl Sealer {
    /// Makes a master key in the data folder, unless there is one.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn create_master_key(data: &Path) -> Result<(), SealError> {
        master::create(data)
    }

    /// Takes the master key, `given` or from the data folder, and checks that it is the right one.
    ///
    /// # Errors
    /// When there is none, when it is not a key, or not the one that the folder was made with.
    pub fn open(data: &Path, given: Option<SecretString>) -> Result<Self, SealError> {
        let master = match given {
            Some(text) => MasterKey::parse(&text)?,
            None => MasterKey::read(data)?,
        };
        let installation = Installation::open(data, &master)?;
        let nonces = Nonces::new().map_err(|_| SealError::Crypto)?;
        Ok(Self { master, installation, nonces, ready: Cache::new(READY_KEYS_MAX) })
    }

    /// The id of this installation, 16 hex digits: the name of its audit log.
    pub fn installation(&self) -> &str {
        &self.installation.id
    }

    /// Seals a value for one place.
    ///
    /// # Errors
    /// When the library refuses.
    pub fn seal(&self, place: &Place<'_>, plain: &[u8]) -> Result<Vec<u8>, SealError> {
        let key = self.aead(place)?;
        let nonce = self.nonces.next();
        let mut sealed = Vec::with_capacity(1 + NONCE_LEN + plain.len() + TAG_BYTES);
        sealed.push(SCHEME);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(plain);
        let text = &mut sealed[1 + NONCE_LEN..];
        let nonce = Nonce::assume_unique_for_key(nonce);
        let tag =
            key.seal_in_place_separate_tag(nonce, Aad::from(bound_to(place)), text).map_err(|_| SealError::Crypto)?;
        sealed.extend_from_slice(tag.as_ref());
        Ok(sealed)
    }

    /// Opens a value that was sealed for this place.
    ///
    /// # Errors
    /// When it was changed or moved, or was sealed under another key.
    pub fn open_sealed(&self, place: &Place<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let rest = sealed.strip_prefix(&[SCHEME]).ok_or(SealError::Tampered)?;
        let (nonce, text) = rest.split_at_checked(NONCE_LEN).ok_or(SealError::Tampered)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| SealError::Tampered)?;
        let key = self.aead(place)?;
        let mut text = Zeroizing::new(text.to_vec());
        let length =
            key.open_in_place(nonce, Aad::from(bound_to(place)), &mut text).map_err(|_| SealError::Tampered)?.len();
        text.truncate(length);
        Ok(text)
    }

    /// A key to hash with, for one purpose and tenant.
    pub fn hmac_key(&self, purpose: &str, tenant: &str) -> hmac::Key {
        let key = self.master.derive(&["hmac", purpose, tenant]);
        hmac::Key::new(hmac::HMAC_SHA256, key.as_slice())
    }

    /// The key pair that this installation signs with, for one purpose.
    ///
    /// # Errors
    /// When the library refuses.
    pub fn signing_key(&self, purpose: &str) -> Result<Ed25519KeyPair, SealError> {
        let seed = self.master.derive(&["ed25519", purpose, &self.installation.id]);
        Ed25519KeyPair::from_seed_unchecked(seed.as_slice()).map_err(|_| SealError::Crypto)
    }

    fn aead(&self, place: &Place<'_>) -> Result<Arc<LessSafeKey>, SealError> {
        let purpose = ["seal", place.table, place.tenant];
        self.ready.get_or_insert_with(framed(&purpose).as_slice(), || {
            let key = self.master.derive(&purpose);
            let key = UnboundKey::new(&AES_256_GCM_SIV, key.as_slice()).map_err(|_| SealError::Crypto)?;
            Ok(Arc::new(LessSafeKey::new(key)))
        })
    }
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sealer").field("installation", &self.installation.id).finish_non_exhaustive()
    }
}

/// The additional data: every part with its length, so that no two places have the same.
fn bound_to(place: &Place<'_>) -> Vec<u8> {
    framed(&[place.table, place.column, place.row, place.tenant])
}

fn framed(parts: &[&str]) -> Vec<u8> {
    let mut out = Vec::with_capacity(parts.iter().map(|part| 8 + part.len()).sum());
    for part in parts {
        out.extend_from_slice(&(part.len() as u64).to_be_bytes());
        out.extend_from_slice(part.as_bytes());
    }
    out
}

/// HKDF-SHA-256 of the master key to 32 bytes, `info` framed.
fn derive(prk: &hkdf::Prk, info: &[&str]) -> Result<Zeroizing<[u8; KEY_BYTES]>, Unspecified> {
    let info = framed(info);
    let mut key = Zeroizing::new([0; KEY_BYTES]);
    prk.expand(&[&info], hkdf::HKDF_SHA256)?.fill(key.as_mut_slice())?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Place<'_> = Place { table: "t", column: "c", row: "1", tenant: "a" };

    fn sealer() -> (tempfile::TempDir, Sealer) {
        let data = tempfile::tempdir().unwrap();
        Sealer::create_master_key(data.path()).unwrap();
        let sealer = Sealer::open(data.path(), None).unwrap();
        (data, sealer)
    }

    #[test]
    fn what_is_sealed_opens_in_its_place_only() {
        let (_data, sealer) = sealer();
        let sealed = sealer.seal(&PLACE, b"hello").unwrap();
        assert_eq!(sealer.open_sealed(&PLACE, &sealed).unwrap().as_slice(), b"hello");
        for other in [
            Place { table: "u", ..PLACE },
            Place { column: "d", ..PLACE },
            Place { row: "2", ..PLACE },
            Place { tenant: "b", ..PLACE },
        ] {
            assert!(matches!(sealer.open_sealed(&other, &sealed), Err(SealError::Tampered)), "{other:?}");
        }
    }

    #[test]
    fn a_changed_bit_is_noticed() {
        let (_data, sealer) = sealer();
        let sealed = sealer.seal(&PLACE, b"hello").unwrap();
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(sealer.open_sealed(&PLACE, &changed).is_err(), "byte {at}");
        }
    }

    #[test]
    fn a_wrong_master_key_is_noticed_at_the_start() {
        let (data, _) = sealer();
        let other = SecretString::from("11".repeat(32));
        assert!(matches!(Sealer::open(data.path(), Some(other)), Err(SealError::WrongKey)));
    }

    #[test]
    fn the_same_text_is_never_sealed_to_the_same_bytes() {
        let (_data, sealer) = sealer();
        assert_ne!(sealer.seal(&PLACE, b"x").unwrap(), sealer.seal(&PLACE, b"x").unwrap());
    }
}
