//! What tells one installation from another: its id, and which master key belongs to it.

use std::path::{Path, PathBuf};

use aws_lc_rs::{constant_time, hmac, rand};
use serde::{Deserialize, Serialize};

use super::SealError;
use super::master::MasterKey;

/// An installation.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Installation {
    /// 16 hex digits.
    pub(super) id: String,
    /// A keyed hash of the id, as hex: only the right master key makes the same.
    check: String,
}

impl Installation {
    /// Reads the file, or writes it at the first start.
    pub(super) fn open(data: &Path, master: &MasterKey) -> Result<Self, SealError> {
        let path = file(data);
        let failed = |source| SealError::File { path: path.clone(), source };
        match std::fs::read_to_string(&path) {
            Ok(text) => {
                let known: Self = serde_json::from_str(&text).map_err(|error| failed(error.into()))?;
                let right = check(master, &known.id);
                match constant_time::verify_slices_are_equal(right.as_bytes(), known.check.as_bytes()) {
                    Ok(()) => Ok(known),
                    Err(_) => Err(SealError::WrongKey),
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                super::master::private_folder(data).map_err(failed)?;
                let new = Self::new(master)?;
                let text = serde_json::to_string(&new).map_err(|error| failed(error.into()))?;
                super::master::write_private(&path, &text).map_err(failed)?;
                Ok(new)
            }
            Err(error) => Err(failed(error)),
        }
    }

    fn new(master: &MasterKey) -> Result<Self, SealError> {
        let mut bytes = [0; 8];
        rand::fill(&mut bytes).map_err(|_| SealError::Crypto)?;
        let id = hex(&bytes);
        let check = check(master, &id);
        Ok(Self { id, check })
    }
}

fn check(master: &MasterKey, id: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, master.derive(&["installation"]).as_slice());
    hex(hmac::sign(&key, id.as_bytes()).as_ref())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn file(data: &Path) -> PathBuf {
    data.join("installation.json")
}
