//! Exports: the log as files that anybody can verify.
//!
//! `checkpoint`, `tile/…` and `tile/entries/…` as C2SP `tlog-tiles` has them; beside them `log.vkey`, the key to verify
//! the checkpoint with, and `sealed.jsonl`, the sealed fields that entries commit to and that were not erased.

use std::fs;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::note::Checkpoint;
use super::tree::Hash;
use super::{AuditError, note, store, tile, tree, verifier_key};
use crate::data::encryption::Sealer;
use crate::store::Db;

/// Entries whose sealed fields are read at one time.
const SEALED_PLACES: u64 = 256;

/// What was exported.
#[derive(Debug, serde::Serialize)]
pub struct Exported {
    /// The name of the log.
    pub origin: String,
    /// Entries.
    pub entries: u64,
    /// The root, as base64.
    pub root: String,
}

/// Writes the log of this installation into a folder, which must be empty or not there.
///
/// # Errors
/// When the store fails, or the folder is not empty or cannot be written.
pub async fn export(db: &Db, sealer: &Sealer, folder: &Path) -> Result<Exported, AuditError> {
    check_folder(folder)?;
    let log = sealer.installation();
    let size = store::latest(db, log).await?.size();
    let mut leaves: Vec<Hash> = Vec::new();
    let mut bundle = Vec::new();
    let mut from = 0;
    while from < size {
        let page = store::page(db, log, from).await?;
        let Some(last) = page.last() else { break };
        from = last.place + 1;
        for entry in page.into_iter().filter(|entry| entry.place < size) {
            leaves.push(tree::leaf(entry.body.as_bytes()));
            bundle.push(entry.body);
            if bundle.len() == tile::WIDTH {
                write_bundle(folder, leaves.len(), &mut bundle)?;
            }
        }
    }
    if !bundle.is_empty() {
        write_bundle(folder, leaves.len(), &mut bundle)?;
    }
    for (path, bytes) in tile::tiles(&leaves) {
        write(folder, &path, &bytes)?;
    }
    write_sealed(db, log, size, folder).await?;
    let origin = note::origin(log);
    let checkpoint = Checkpoint { origin: origin.clone(), size: leaves.len() as u64, root: tree::root(&leaves) };
    let signed = note::sign(&checkpoint, &sealer.signing_key(super::SIGNING_PURPOSE)?);
    write(folder, "log.vkey", format!("{}\n", verifier_key(sealer)?).as_bytes())?;
    write(folder, "checkpoint", signed.as_bytes())?;
    Ok(Exported { origin, entries: checkpoint.size, root: STANDARD.encode(checkpoint.root) })
}

/// Says whether an export may go into a folder.
///
/// # Errors
/// When there is something in it.
pub fn check_folder(folder: &Path) -> Result<(), AuditError> {
    if fs::read_dir(folder).is_ok_and(|mut files| files.next().is_some()) {
        return Err(AuditError::Missing(format!(
            "{} is not empty: an export wants a folder of its own",
            folder.display()
        )));
    }
    Ok(())
}

fn write_bundle(folder: &Path, size: usize, bundle: &mut Vec<String>) -> Result<(), AuditError> {
    let index = (size - 1) / tile::WIDTH;
    let entries = std::mem::take(bundle);
    let (path, bytes) = tile::bundle(index, &entries)
        .ok_or_else(|| AuditError::Missing(format!("an entry before place {size} is longer than 64 KiB")))?;
    write(folder, &path, &bytes)
}

async fn write_sealed(db: &Db, log: &str, size: u64, folder: &Path) -> Result<(), AuditError> {
    let path = folder.join("sealed.jsonl");
    let failed = |source| AuditError::File { path: path.clone(), source };
    fs::create_dir_all(folder).map_err(failed)?;
    let mut out = BufWriter::new(fs::File::create(&path).map_err(failed)?);
    let mut from = 0;
    while from < size {
        let to = (from + SEALED_PLACES).min(size);
        for (place, field) in store::sealed(db, log, (from, to)).await? {
            let line = serde_json::json!({
                "place": place, "name": field.name, "tenant": field.tenant, "row": field.row,
                "sealed": STANDARD.encode(&field.bytes),
            });
            writeln!(out, "{line}").map_err(failed)?;
        }
        from = to;
    }
    out.flush().map_err(failed)
}

fn write(folder: &Path, path: &str, bytes: &[u8]) -> Result<(), AuditError> {
    let path = folder.join(path);
    let failed = |source| AuditError::File { path: path.clone(), source };
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(failed)?;
    }
    fs::write(&path, bytes).map_err(failed)
}
