//! The witness: the last signed checkpoint, kept in the data folder beside the journal.
//!
//! Whoever can only change the database cannot cut the log's end off unnoticed: the witness remembers how long it was.
//! A witness that the log no longer agrees with is put aside and never overwritten.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use crate::data::audit::note::{self, VerifierKey};
use crate::data::audit::tree::Peaks;

const CURRENT: &str = "checkpoint";
const BROKEN: &str = "checkpoint.broken";
/// A checkpoint is shorter than this; the rest of the file is empty lines.
const SECTOR_BYTES: usize = 512;

/// Where the witness is kept.
#[derive(Debug, Clone)]
pub(super) struct Witness(PathBuf);

impl Witness {
    /// In the journal's folder.
    pub(super) fn new(folder: &Path) -> Self {
        Self(folder.to_owned())
    }

    /// Every checkpoint that the log has to agree with.
    pub(super) fn notes(&self) -> Vec<String> {
        [CURRENT, BROKEN].iter().filter_map(|name| fs::read_to_string(self.0.join(name)).ok()).collect()
    }

    /// Compares with the log as it is at the start.
    pub(super) fn compare(&self, peaks: &Peaks, key: &VerifierKey) {
        let Ok(text) = fs::read_to_string(self.0.join(CURRENT)) else { return };
        let agrees = note::open(&text, key)
            .is_ok_and(|known| known.size < peaks.size() || (known.size == peaks.size() && known.root == peaks.root()));
        if !agrees {
            tracing::error!("the audit log is shorter than it was, or another: `portcullis audit verify` says more");
            let _ = fs::rename(self.0.join(CURRENT), self.0.join(BROKEN));
        }
    }

    /// Remembers a checkpoint, with one write into one sector, which is there as a whole or not at all. What cannot be
    /// written leaves the older one, which is still true.
    pub(super) fn remember(&self, note: &str) {
        let open =
            || OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(self.0.join(CURRENT));
        let padded = format!("{note:\n<SECTOR_BYTES$}");
        if open().and_then(|file| file.write_all_at(padded.as_bytes(), 0)).is_err() {
            tracing::warn!("the last checkpoint could not be kept in the data folder");
        }
    }
}
