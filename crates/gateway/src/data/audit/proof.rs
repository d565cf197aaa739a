//! Proofs: that an entry is in the log, and that the log only grew.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use super::tree::Hash;
use super::{AuditError, note, store, tree};
use crate::data::encryption::Sealer;
use crate::store::Db;

/// A proof, with what it is about. Hashes are base64.
#[derive(Debug, Serialize)]
pub struct Proof {
    /// The name of the log.
    pub origin: String,
    /// The size of the tree.
    pub size: u64,
    /// Its root.
    pub root: String,
    /// The entry that is included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry: Option<u64>,
    /// The hash of its leaf.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leaf: Option<String>,
    /// The size of the older tree that is a beginning of this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old_size: Option<u64>,
    /// The root of the older tree.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old_root: Option<String>,
    /// The path, in the order of RFC 6962.
    pub path: Vec<String>,
}

/// The proof that an entry is in the log.
///
/// # Errors
/// When the store fails or there is no such entry.
pub async fn inclusion(db: &Db, sealer: &Sealer, entry: u64) -> Result<Proof, AuditError> {
    let leaves = leaves(db, sealer).await?;
    let index = usize::try_from(entry).ok().filter(|index| *index < leaves.len());
    let Some(index) = index else {
        return Err(AuditError::Missing(format!("there is no entry {entry}: the log has {}", leaves.len())));
    };
    Ok(Proof {
        entry: Some(entry),
        leaf: Some(STANDARD.encode(leaves[index])),
        ..proof(sealer, &leaves, &tree::inclusion(&leaves, index))
    })
}

/// The proof that the log of `old_size` entries is a beginning of the log as it is.
///
/// # Errors
/// When the store fails or the log never had that size.
pub async fn consistency(db: &Db, sealer: &Sealer, old_size: u64) -> Result<Proof, AuditError> {
    let leaves = leaves(db, sealer).await?;
    let old = usize::try_from(old_size).ok().filter(|old| (1..=leaves.len()).contains(old));
    let Some(old) = old else {
        return Err(AuditError::Missing(format!("--from must be between 1 and {}", leaves.len())));
    };
    Ok(Proof {
        old_size: Some(old_size),
        old_root: Some(STANDARD.encode(tree::root(&leaves[..old]))),
        ..proof(sealer, &leaves, &tree::consistency(&leaves, old))
    })
}

async fn leaves(db: &Db, sealer: &Sealer) -> Result<Vec<Hash>, AuditError> {
    let log = sealer.installation();
    let size = store::latest(db, log).await?.size();
    Ok(store::hashes(db, log, size).await?)
}

fn proof(sealer: &Sealer, leaves: &[Hash], path: &[Hash]) -> Proof {
    Proof {
        origin: note::origin(sealer.installation()),
        size: leaves.len() as u64,
        root: STANDARD.encode(tree::root(leaves)),
        entry: None,
        leaf: None,
        old_size: None,
        old_root: None,
        path: path.iter().map(|hash| STANDARD.encode(hash)).collect(),
    }
}
