//! The audit log (`data.access.audit`): append-only, verifiable by anybody, offline.
//!
//! Entries are the leaves of a Merkle tree (RFC 6962); every group that is written ends with a signed checkpoint. An
//! export has the C2SP `tlog-tiles` layout and is verified without this program's database or keys. See
//! `spec/audit-log.md`.
//!
//! Invariants: an entry that has a place is never changed; what is personal is in it by hash only, so that it can be
//! erased without breaking the tree.

pub mod config;
pub mod export;
pub mod kept;
pub mod note;
pub mod packed;
pub mod proof;
pub mod store;
pub mod tile;
pub mod tree;
mod verify;

use serde_json::Value;

pub use verify::{Problem, Verified, verify_export, verify_live};

use crate::data::encryption::{Place, SealError, Sealer};
use crate::store::{Db, StoreError};

/// What the signing key of the log is derived for.
pub const SIGNING_PURPOSE: &str = "audit";

/// Why the log could not be read, exported or verified.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The store failed.
    #[error("the audit log cannot be read")]
    Store(#[from] StoreError),
    /// The signing key cannot be had, or a sealed field does not open.
    #[error("the keys of the audit log cannot be used")]
    Seal(#[from] SealError),
    /// A file could not be read or written.
    #[error("{path} cannot be read or written")]
    File {
        /// The file.
        path: std::path::PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// What is asked for is not in the log.
    #[error("{0}")]
    Missing(String),
    /// An export or a key is not what it should be.
    #[error(transparent)]
    Note(#[from] note::NoteError),
}

/// The last entries, newest first, as JSON with their log and place; of one kind, or of one section (`key.`).
///
/// # Errors
/// When the store fails.
pub async fn list(db: &Db, limit: usize, kind: Option<&str>) -> Result<Vec<Value>, AuditError> {
    Ok(store::last(db, limit, kind, None).await?.into_iter().map(placed).collect())
}

/// As [`list`], of one tenant.
///
/// # Errors
/// As [`list`].
pub async fn list_of(db: &Db, tenant: &str, limit: usize) -> Result<Vec<Value>, AuditError> {
    Ok(store::last(db, limit, None, Some(tenant)).await?.into_iter().map(placed).collect())
}

/// An entry with its place in the log.
fn placed((log, place, mut entry): (String, u64, Value)) -> Value {
    entry["log"] = log.into();
    entry["place"] = place.into();
    entry
}

/// The sealed fields of one entry of this installation, opened.
///
/// # Errors
/// When the store fails or a field does not open.
pub async fn reveal(db: &Db, sealer: &Sealer, place: u64) -> Result<Vec<(String, String)>, AuditError> {
    let fields = store::sealed_of(db, sealer.installation(), place).await?;
    fields.into_iter().map(|field| Ok((field.name.clone(), opened(sealer, &field)?))).collect()
}

fn opened(sealer: &Sealer, field: &store::SealedField) -> Result<String, SealError> {
    let place = Place { table: "audit_sealed", column: &field.name, row: &field.row, tenant: &field.tenant };
    let text = sealer.open_sealed(&place, &field.bytes)?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// The key that the checkpoints of this installation are verified with.
///
/// # Errors
/// When the signing key cannot be derived.
pub fn verifier_key(sealer: &Sealer) -> Result<note::VerifierKey, SealError> {
    let key = sealer.signing_key(SIGNING_PURPOSE)?;
    Ok(note::VerifierKey::of(&note::origin(sealer.installation()), &key))
}
