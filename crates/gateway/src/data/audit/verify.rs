//! Verifying the log: the live one, and an export by itself.
//!
//! Both name the first broken entry. Beyond what the tiles or the stored hashes can show, the signed root is what counts.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde_json::Value;

use super::note::{Checkpoint, VerifierKey};
use super::tree::{Hash, Peaks};
use super::{AuditError, note, store, tile, tree, verifier_key};
use crate::data::encryption::Sealer;
use crate::store::Db;

/// What a verification found.
#[derive(Debug, Default, Serialize)]
pub struct Verified {
    /// The name of the log.
    pub origin: String,
    /// Entries that were read.
    pub entries: u64,
    /// Checkpoints that were believed.
    pub checkpoints: u64,
    /// Sealed fields whose hash was compared.
    pub sealed: u64,
    /// Sealed fields that entries commit to and that were erased.
    pub erased: u64,
    /// What is wrong, first things first.
    pub problems: Vec<Problem>,
}

/// Something that is wrong.
#[derive(Debug, Serialize)]
pub struct Problem {
    /// The place of the entry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry: Option<u64>,
    /// What.
    pub what: String,
}

impl Verified {
    /// Whether nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.problems.is_empty()
    }

    fn add(&mut self, entry: Option<u64>, what: impl Into<String>) {
        self.problems.push(Problem { entry, what: what.into() });
    }
}

/// Verifies the log in the database: every entry against its hash, every kept checkpoint and those of `witnesses`, which
/// were kept elsewhere, against the tree.
///
/// # Errors
/// When the store fails. What is wrong with the log is in the answer.
pub async fn verify_live(db: &Db, sealer: &Sealer, witnesses: &[String]) -> Result<Verified, AuditError> {
    let log = sealer.installation();
    let key = verifier_key(sealer)?;
    let mut checkpoints = store::checkpoints(db, log).await?;
    let last = checkpoints.last().map_or(0, |(size, _)| *size);
    let mut verified = Verified { origin: note::origin(log), ..Verified::default() };
    for witness in witnesses {
        match note::open(witness, &key) {
            Ok(known) if known.size > last => {
                let what = format!("and what follows it is gone: the log had {} entries once", known.size);
                verified.add(Some(last), what);
            }
            Ok(known) => checkpoints.push((known.size, witness.clone())),
            Err(error) => verified.add(None, format!("the checkpoint in the data folder is not believed: {error}")),
        }
    }
    let mut peaks = Peaks::default();
    let mut sealed = Sealed::default();
    while peaks.size() < last {
        let page = store::page(db, log, peaks.size()).await?;
        sealed.load(store::sealed(db, log, (peaks.size(), peaks.size() + page.len() as u64)).await?);
        if page.is_empty() {
            verified.add(Some(peaks.size()), "is missing, and so is everything behind it");
            return Ok(verified);
        }
        for entry in page.into_iter().take_while(|entry| entry.place < last) {
            if entry.place != peaks.size() {
                verified.add(Some(peaks.size()), "is missing");
                return Ok(verified);
            }
            let hash = tree::leaf(entry.body.as_bytes());
            if hash != entry.hash {
                verified.add(Some(entry.place), "was changed after it was written");
            }
            sealed.check(entry.place, &entry.body, &mut verified);
            peaks.push(hash);
            for (_, note) in checkpoints.iter().filter(|(size, _)| *size == peaks.size()) {
                believe(note, &key, &peaks, &mut verified);
            }
        }
    }
    verified.entries = peaks.size();
    Ok(verified)
}

fn believe(note: &str, key: &VerifierKey, peaks: &Peaks, verified: &mut Verified) {
    match note::open(note, key) {
        Ok(checkpoint) if checkpoint.size == peaks.size() && checkpoint.root == peaks.root() => {
            verified.checkpoints += 1;
        }
        Ok(_) if verified.problems.is_empty() => {
            let what = format!("or one before it was changed: the checkpoint at {} has another root", peaks.size());
            verified.add(Some(peaks.size() - 1), what);
        }
        Ok(_) => {}
        Err(error) => verified.add(None, format!("the checkpoint at {} is not believed: {error}", peaks.size())),
    }
}

/// Verifies an export, offline: entries against the hashes in the tiles, the root of all entries against the signed
/// checkpoint.
/// `key` is the verifier key that is trusted; without it the one in the export is taken, which shows that the export is
/// whole, but not whose it is.
///
/// # Errors
/// When files are missing or malformed. What is wrong with the log is in the answer.
pub fn verify_export(folder: &Path, key: Option<&VerifierKey>) -> Result<Verified, AuditError> {
    let own: VerifierKey = text(folder, "log.vkey")?.trim().parse()?;
    let key = key.unwrap_or(&own);
    let mut verified = Verified { origin: key.origin().to_owned(), ..Verified::default() };
    let checkpoint = match note::open(&text(folder, "checkpoint")?, key) {
        Ok(checkpoint) => checkpoint,
        Err(error) => {
            verified.add(None, format!("the checkpoint is not believed: {error}"));
            return Ok(verified);
        }
    };
    verified.checkpoints = 1;
    let mut sealed = Sealed::read(folder)?;
    let leaves = read_entries(folder, &checkpoint, &mut sealed, &mut verified)?;
    verified.entries = leaves.len() as u64;
    if verified.is_sound() && tree::root(&leaves) != checkpoint.root {
        verified.add(None, "the tree of the entries does not have the root that was signed");
    }
    Ok(verified)
}

/// Reads the entries bundle by bundle and compares each with its hash in the tile. Ends at the first that is missing.
fn read_entries(
    folder: &Path,
    checkpoint: &Checkpoint,
    sealed: &mut Sealed,
    verified: &mut Verified,
) -> Result<Vec<Hash>, AuditError> {
    let size = usize::try_from(checkpoint.size).unwrap_or(usize::MAX);
    let mut leaves: Vec<Hash> = Vec::new();
    while leaves.len() < size {
        let index = leaves.len() / tile::WIDTH;
        let width = (size - leaves.len()).min(tile::WIDTH);
        let name = tile::path(index, width);
        let bundle = bytes(folder, &format!("tile/entries/{name}"))?;
        let hashes = bytes(folder, &format!("tile/0/{name}"))?;
        let (entries, hashes) = (tile::unbundle(&bundle).unwrap_or_default(), hashes.as_chunks::<32>().0);
        if entries.len() < width || hashes.len() < width {
            verified.add(Some(leaves.len() as u64), format!("or one behind it is missing: {name} is cut"));
            return Ok(leaves);
        }
        for (entry, expected) in entries.into_iter().zip(hashes).take(width) {
            let place = leaves.len() as u64;
            let hash = tree::leaf(entry);
            if hash != *expected {
                verified.add(Some(place), "was changed after it was exported");
            }
            sealed.check(place, &String::from_utf8_lossy(entry), verified);
            leaves.push(hash);
        }
    }
    Ok(leaves)
}

/// Sealed fields by place and name.
#[derive(Default)]
struct Sealed(BTreeMap<(u64, String), Vec<u8>>);

impl Sealed {
    fn read(folder: &Path) -> Result<Self, AuditError> {
        let mut sealed = Self::default();
        for line in text(folder, "sealed.jsonl")?.lines() {
            let line: Value = serde_json::from_str(line).unwrap_or_default();
            let bytes = line["sealed"].as_str().and_then(|text| STANDARD.decode(text).ok());
            if let (Some(place), Some(name), Some(bytes)) = (line["place"].as_u64(), line["name"].as_str(), bytes) {
                sealed.0.insert((place, name.to_owned()), bytes);
            }
        }
        Ok(sealed)
    }

    fn load(&mut self, fields: Vec<(u64, store::SealedField)>) {
        self.0 = fields.into_iter().map(|(place, field)| ((place, field.name), field.bytes)).collect();
    }

    /// Compares the sealed fields of an entry with the hashes in it.
    fn check(&mut self, place: u64, body: &str, verified: &mut Verified) {
        let Ok(body) = serde_json::from_str::<Value>(body) else { return };
        for (name, hash) in body["sealed"].as_object().into_iter().flatten() {
            match self.0.remove(&(place, name.clone())) {
                None => verified.erased += 1,
                Some(bytes) if hash.as_str() == Some(&STANDARD.encode(digest(&SHA256, &bytes))) => verified.sealed += 1,
                Some(_) => verified.add(Some(place), format!("its sealed field `{name}` was changed")),
            }
        }
    }
}

fn bytes(folder: &Path, path: &str) -> Result<Vec<u8>, AuditError> {
    let path = folder.join(path);
    fs::read(&path).map_err(|source| AuditError::File { path, source })
}

fn text(folder: &Path, path: &str) -> Result<String, AuditError> {
    Ok(String::from_utf8_lossy(&bytes(folder, path)?).into_owned())
}
