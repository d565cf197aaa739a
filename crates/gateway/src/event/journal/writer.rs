//! The writer: takes entries over from the journal into the database, in groups.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::signature::Ed25519KeyPair;

use super::file::{JournalFile, LeftBehind};
use super::witness::Witness;
use super::{JournalError, Shared, State, frame};
use crate::clock::Clock;
use crate::data::audit::note::{self, Checkpoint};
use crate::data::audit::store::{self, Entry, Group};
use crate::data::audit::tree::{self, Hash, Peaks};
use crate::data::audit::{SIGNING_PURPOSE, verifier_key};
use crate::data::encryption::Sealer;
use crate::store::{Db, StoreError};

/// Entries of one group at most.
const GROUP_MAX: usize = 2_000;
/// What one group holds at most, but for its last entry.
const GROUP_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Pause before a group for which nobody waits, so that what comes at the same time goes together.
const GATHER: Duration = Duration::from_millis(100);
/// Pause after a failed transaction.
const RETRY: Duration = Duration::from_millis(200);
/// A file larger than this is replaced by a new one.
const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Tries of one group against other processes that write to the same log.
const CONTENDERS_MAX: u32 = 100;

/// An entry that waits, and where it ends in the file.
#[derive(Debug)]
pub(super) struct Queued {
    pub(super) entry: Entry,
    pub(super) end: u64,
}

/// The log as the writer sees it.
pub(super) struct Log {
    db: Db,
    sealer: Arc<Sealer>,
    key: Ed25519KeyPair,
    peaks: Peaks,
    witness: Witness,
}

impl Log {
    /// Reads where the log is.
    pub(super) async fn open(db: Db, sealer: Arc<Sealer>, witness: Witness) -> Result<Self, JournalError> {
        let key = sealer.signing_key(SIGNING_PURPOSE)?;
        let peaks = store::latest(&db, sealer.installation()).await?;
        witness.compare(&peaks, &verifier_key(&sealer)?);
        Ok(Self { db, sealer, key, peaks, witness })
    }

    /// Takes over a file that another process left behind, and deletes it.
    pub(super) async fn take_over(&mut self, left: LeftBehind) -> Result<(), JournalError> {
        let bytes = left.read().map_err(JournalError::File)?;
        let name = left.name();
        let mut at = usize::try_from(store::applied(&self.db, &name).await?).unwrap_or(usize::MAX);
        let mut entries = Vec::new();
        let mut room = Room::default();
        while let Some((entry, length)) = bytes.get(at..).and_then(frame::read) {
            at += length;
            let is_last = !room.takes(&entry);
            entries.push(entry);
            if is_last {
                self.write(&std::mem::take(&mut entries), (&name, at as u64)).await?;
                room = Room::default();
            }
        }
        if !entries.is_empty() {
            self.write(&entries, (&name, at as u64)).await?;
        }
        if at < bytes.len() {
            tracing::warn!(file = name, bytes = bytes.len() - at, "the end of a journal file was cut by a crash");
        }
        left.delete().map_err(JournalError::File)?;
        Ok(store::forget(&self.db, &name).await?)
    }

    /// Writes a group. When another process took the places, reads where the log is now and tries again.
    async fn write(&mut self, entries: &[Entry], journal: (&str, u64)) -> Result<(), StoreError> {
        let log = self.sealer.installation().to_owned();
        for _ in 0..CONTENDERS_MAX {
            let before = self.peaks.size();
            let group = self.place(&log, entries, journal);
            let error = match store::write(&self.db, &group).await {
                Ok(()) => {
                    self.witness.remember(&group.note);
                    self.peaks = group.after;
                    return Ok(());
                }
                Err(error) => error,
            };
            self.peaks = store::latest(&self.db, &log).await?;
            if self.peaks.size() == before {
                return Err(error);
            }
        }
        Err(StoreError::Column("place"))
    }

    fn place<'g>(&self, log: &'g str, entries: &'g [Entry], journal: (&'g str, u64)) -> Group<'g> {
        let hashes: Vec<Hash> = entries.iter().map(|entry| tree::leaf(entry.body.as_bytes())).collect();
        let mut after = self.peaks.clone();
        hashes.iter().for_each(|hash| after.push(*hash));
        let checkpoint = Checkpoint { origin: note::origin(log), size: after.size(), root: after.root() };
        let note = note::sign(&checkpoint, &self.key);
        Group { log, before: self.peaks.size(), after, note, entries, hashes, journal }
    }
}

/// What else fits into a group.
struct Room {
    entries: usize,
    bytes: usize,
}

impl Default for Room {
    fn default() -> Self {
        Self { entries: GROUP_MAX, bytes: GROUP_BYTES_MAX }
    }
}

impl Room {
    /// Takes an entry, and says whether another one may follow.
    fn takes(&mut self, entry: &Entry) -> bool {
        self.entries -= 1;
        self.bytes = self.bytes.saturating_sub(entry.bytes());
        self.entries > 0 && self.bytes > 0
    }
}

/// Takes over what waits until the journal closes.
pub(super) async fn run(shared: Arc<Shared>, mut log: Log, folder: PathBuf, clock: Arc<dyn Clock>) {
    loop {
        shared.wake.notified().await;
        // Somebody who waits, or the end of the journal, cuts the pause short.
        let _ = tokio::time::timeout(GATHER, shared.hurry.notified()).await;
        let is_closing = shared.lock().is_closing;
        while take_group(&shared, &mut log, (&folder, &*clock)).await {}
        if is_closing {
            return end(&shared, &log).await;
        }
    }
}

/// Writes one group; says whether it was full, so that more waits for sure.
async fn take_group(shared: &Shared, log: &mut Log, place: (&Path, &dyn Clock)) -> bool {
    let group = shared.lock().next_group(place);
    let Some(end) = group.queued.last().map(|last| last.end) else { return false };
    let entries: Vec<Entry> = group.queued.into_iter().map(|queued| queued.entry).collect();
    while let Err(error) = log.write(&entries, (&group.file, end)).await {
        tracing::error!(error = &error as &dyn std::error::Error, "the audit log does not take entries; trying again");
        if shared.lock().is_closing {
            // The file has them; they are taken over at the next start.
            return false;
        }
        tokio::time::sleep(RETRY).await;
    }
    shared.done.send_modify(|done| *done += entries.len() as u64);
    if let Some(old) = group.finishes {
        forget(log, &old.name(), old.delete()).await;
    }
    group.is_full
}

/// What goes into the log together.
struct NextGroup {
    queued: Vec<Queued>,
    /// The file that they are in.
    file: String,
    /// More waits than fits.
    is_full: bool,
    /// The file itself, when nothing else is in it and another one took its place.
    finishes: Option<JournalFile>,
}

impl State {
    /// Takes the next group. A file that is large is replaced when all that is left of it is in the group.
    fn next_group(&mut self, (folder, clock): (&Path, &dyn Clock)) -> NextGroup {
        // Whoever put something together may have left before writing it.
        self.write();
        let mut room = Room::default();
        let last = self.waiting.iter().position(|queued| !room.takes(&queued.entry));
        let queued = self.waiting.drain(..last.map_or(self.waiting.len(), |last| last + 1)).collect();
        let file = self.file.name();
        let is_large = self.waiting.is_empty() && self.file.position() > FILE_BYTES_MAX;
        let finishes = is_large.then(|| JournalFile::create(folder, clock.now())).and_then(|created| match created {
            Ok(new) => Some(std::mem::replace(&mut self.file, new)),
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "the journal file could not be replaced");
                None
            }
        });
        NextGroup { queued, file, is_full: !self.waiting.is_empty(), finishes }
    }
}

/// Deletes the last file, unless something in it is not in the database.
async fn end(shared: &Shared, log: &Log) {
    let (name, deleted) = {
        let state = shared.lock();
        if *shared.done.borrow() < state.appended {
            return;
        }
        (state.file.name(), state.file.delete())
    };
    forget(log, &name, deleted).await;
}

async fn forget(log: &Log, name: &str, deleted: std::io::Result<()>) {
    if let Err(error) = deleted {
        tracing::warn!(error = &error as &dyn std::error::Error, "a journal file was not deleted");
        return;
    }
    if let Err(error) = store::forget(&log.db, name).await {
        tracing::warn!(error = &error as &dyn std::error::Error, "a journal file was not forgotten");
    }
}
