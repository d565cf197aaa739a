//! The master key: where it comes from, and that nobody else can read it.

use std::io::Write as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use aws_lc_rs::{hkdf, rand};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

use super::{KEY_BYTES, SealError};

/// The salt of the derivation, which also names the scheme.
const SALT: &[u8] = b"portcullis master key v1";

/// What all other keys are derived from.
pub(super) struct MasterKey(hkdf::Prk);

impl MasterKey {
    /// Reads 32 bytes from base64 or hex.
    pub(super) fn parse(text: &SecretString) -> Result<Self, SealError> {
        let text = text.expose_secret().trim();
        let bytes = Zeroizing::new(hex(text).or_else(|| STANDARD.decode(text).ok()).ok_or(SealError::NotAKey)?);
        if bytes.len() != KEY_BYTES {
            return Err(SealError::NotAKey);
        }
        Ok(Self(hkdf::Salt::new(hkdf::HKDF_SHA256, SALT).extract(&bytes)))
    }

    /// Reads the file in the data folder, which nobody else may be able to read.
    pub(super) fn read(data: &Path) -> Result<Self, SealError> {
        let path = file(data);
        let failed = |source| SealError::File { path: path.clone(), source };
        let found = std::fs::metadata(&path);
        if found.as_ref().is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound) {
            return Err(SealError::NoMasterKey(data.to_owned()));
        }
        if found.map_err(failed)?.permissions().mode() & 0o077 != 0 {
            return Err(SealError::Exposed(path));
        }
        let text = std::fs::read_to_string(&path).map_err(failed)?;
        Self::parse(&SecretString::from(text))
    }

    /// A key for one purpose.
    pub(super) fn derive(&self, info: &[&str]) -> Zeroizing<[u8; KEY_BYTES]> {
        // Expanding to 32 bytes is within HKDF's limits, so this never takes the other branch.
        super::derive(&self.0, info).unwrap_or_else(|_| unreachable!("HKDF expands to 32 bytes"))
    }
}

/// Makes the file, unless there is one.
pub(super) fn create(data: &Path) -> Result<(), SealError> {
    let path = file(data);
    let failed = |source| SealError::File { path: path.clone(), source };
    if path.exists() {
        return Ok(());
    }
    private_folder(data).map_err(failed)?;
    let mut bytes = Zeroizing::new([0; KEY_BYTES]);
    rand::fill(bytes.as_mut_slice()).map_err(|_| SealError::Crypto)?;
    let text = Zeroizing::new(STANDARD.encode(bytes.as_slice()));
    write_private(&path, &text).map_err(failed)
}

/// Makes a folder that only its owner reaches, unless there is one.
pub(super) fn private_folder(folder: &Path) -> std::io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    std::fs::create_dir_all(folder)?;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))
}

/// Writes a new file that only its owner reads.
pub(super) fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let mut out = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    out.write_all(text.as_bytes())?;
    out.write_all(b"\n")?;
    out.sync_all()
}

fn file(data: &Path) -> PathBuf {
    data.join("master.key")
}

fn hex(text: &str) -> Option<Vec<u8>> {
    if text.len() != 2 * KEY_BYTES || !text.is_ascii() {
        return None;
    }
    (0..KEY_BYTES).map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).ok()).collect()
}
