//! The journal: the way of every event into the audit log.
//!
//! An entry is written to a file of this process before the answer ends, so that a killed process loses nothing; entries
//! of requests that are answered at the same moment go into one `write(2)`. A writer takes entries over into the database in groups: entries, their places in the tree, the signed
//! checkpoint, and how far the file is taken over, in one transaction. Files that a killed process left behind are taken
//! over at the next start.
//!
//! Invariants: an entry is in the log exactly once; several processes may write to one log, because a place is given in
//! the transaction and a place that is taken makes it fail as a whole; when entries can no longer be taken over, new
//! ones are refused instead of being kept in memory without end.

mod batch;
mod file;
mod witness;
mod writer;

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, watch};

use super::{Event, frame};
use crate::clock::Clock;
use crate::data::audit::store::Entry;
use crate::data::audit::tile::ENTRY_BYTES_MAX;
use crate::data::encryption::{SealError, Sealer};
use crate::store::{Db, StoreError};
use batch::{Batch, Fate};
use file::JournalFile;
use witness::Witness;
use writer::Queued;

/// Entries that may wait for the database; beyond, new ones are refused.
const WAITING_MAX: usize = 100_000;
/// How long a durable entry may take.
const DURABLE_TIMEOUT: Duration = Duration::from_secs(10);

/// The way into the audit log.
#[derive(Debug)]
pub struct Journal {
    shared: Arc<Shared>,
    sealer: Arc<Sealer>,
    witness: Witness,
    writer: Mutex<Option<tokio::task::JoinHandle<()>>>,
}

/// What the journal and its writer share.
#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    wake: Notify,
    /// Somebody waits for what was appended last.
    hurry: Notify,
    /// Entries that are in the database.
    done: watch::Sender<u64>,
}

#[derive(Debug)]
struct State {
    file: JournalFile,
    /// Entries that go into the next write.
    batch: Batch,
    waiting: Vec<Queued>,
    /// Entries that were appended.
    appended: u64,
    is_broken: bool,
    is_closing: bool,
}

/// Why an event was not recorded.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The entry is longer than an export can hold.
    #[error("an audit entry must be at most 64 KiB long")]
    TooLong,
    /// The journal file cannot be written or read.
    #[error("the audit journal cannot be written")]
    File(#[source] std::io::Error),
    /// Too much waits for the database.
    #[error("the audit journal is full: the database does not take entries over")]
    Full,
    /// The database did not take it over in time.
    #[error("the database did not take the entry over within {} s", DURABLE_TIMEOUT.as_secs())]
    NotDurable,
    /// Something personal could not be sealed.
    #[error("an entry could not be sealed")]
    Seal(#[from] SealError),
    /// The database failed.
    #[error("the audit log cannot be read")]
    Store(#[from] StoreError),
}

impl Journal {
    /// Takes over what other processes left behind, and opens a file of its own.
    ///
    /// # Errors
    /// When the folder cannot be written or the database fails.
    pub async fn open(data: &Path, db: Db, sealer: Arc<Sealer>, clock: Arc<dyn Clock>) -> Result<Self, JournalError> {
        let folder = data.join("journal");
        std::fs::create_dir_all(&folder).map_err(JournalError::File)?;
        let witness = Witness::new(&folder);
        let mut log = writer::Log::open(db, sealer.clone(), witness.clone()).await?;
        for left in file::left_behind(&folder).map_err(JournalError::File)? {
            log.take_over(left).await?;
        }
        let file = JournalFile::create(&folder, clock.now()).map_err(JournalError::File)?;
        let state = State {
            file,
            batch: Batch::default(),
            waiting: Vec::new(),
            appended: 0,
            is_broken: false,
            is_closing: false,
        };
        let shared = Arc::new(Shared {
            state: Mutex::new(state),
            wake: Notify::new(),
            hurry: Notify::new(),
            done: watch::Sender::new(0),
        });
        let writer = tokio::spawn(writer::run(shared.clone(), log, folder, clock));
        Ok(Self { shared, sealer, witness, writer: Mutex::new(Some(writer)) })
    }

    /// Records an event. It survives the death of the process when this returns.
    ///
    /// # Errors
    /// When it cannot be written; then what it records must not happen.
    pub fn append(&self, event: &Event) -> Result<(), JournalError> {
        self.add(event).map(|_| ())
    }

    /// As [`Journal::append`], in one write with what others record at this moment.
    ///
    /// # Errors
    /// As [`Journal::append`].
    pub async fn append_with_others(&self, event: &Event) -> Result<(), JournalError> {
        let fate = Fate::default();
        self.shared.lock().add(self.frame(event)?, fate.clone())?;
        // Should this be dropped while it waits, the writer writes it.
        self.shared.wake.notify_one();
        // Everybody else who is ready comes first; the first of them to come back writes for all.
        tokio::task::yield_now().await;
        if fate.is_open() {
            self.shared.write();
        }
        fate.outcome()
    }

    /// Records an event. It is on the disk, in the log, when this returns.
    ///
    /// # Errors
    /// When it cannot be written, or not in time; then what it records must not happen.
    pub async fn append_durable(&self, event: &Event) -> Result<(), JournalError> {
        let number = self.add(event)?;
        self.taken_over(number).await
    }

    /// Waits until everything that was appended is in the log.
    ///
    /// # Errors
    /// When that takes too long.
    pub async fn flush(&self) -> Result<(), JournalError> {
        let number = self.shared.write();
        self.taken_over(number).await
    }

    /// Writes what is left and ends the writer.
    ///
    /// # Errors
    /// When the rest cannot be written; its file is taken over at the next start.
    pub async fn close(&self) -> Result<(), JournalError> {
        let flushed = self.flush().await;
        self.shared.lock().is_closing = true;
        self.shared.wake.notify_one();
        self.shared.hurry.notify_one();
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(writer) = writer {
            // A writer that panicked has said so; its file is taken over at the next start.
            let _ = writer.await;
        }
        flushed
    }

    /// The checkpoints outside of the database that the log has to agree with.
    pub fn witnesses(&self) -> Vec<String> {
        self.witness.notes()
    }

    /// Whether entries are taken.
    pub fn is_writable(&self) -> bool {
        let state = self.shared.lock();
        !state.is_broken && !state.is_closing && state.waiting.len() < WAITING_MAX
    }

    fn add(&self, event: &Event) -> Result<u64, JournalError> {
        let fate = Fate::default();
        self.shared.lock().add(self.frame(event)?, fate.clone())?;
        let number = self.shared.write();
        fate.outcome().map(|()| number)
    }

    fn frame(&self, event: &Event) -> Result<(Entry, Vec<u8>), JournalError> {
        let entry = frame::entry(event, &self.sealer)?;
        if entry.body.len() > ENTRY_BYTES_MAX {
            return Err(JournalError::TooLong);
        }
        let frame = frame::write(&entry);
        Ok((entry, frame))
    }

    async fn taken_over(&self, number: u64) -> Result<(), JournalError> {
        self.shared.hurry.notify_one();
        let mut done = self.shared.done.subscribe();
        let reached = done.wait_for(|done| *done >= number);
        match tokio::time::timeout(DURABLE_TIMEOUT, reached).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(JournalError::NotDurable),
        }
    }
}

impl State {
    /// Puts an entry into the next write.
    fn add(&mut self, (entry, frame): (Entry, Vec<u8>), fate: Fate) -> Result<(), JournalError> {
        if self.waiting.len() + self.batch.len() >= WAITING_MAX || self.is_closing {
            return Err(JournalError::Full);
        }
        self.batch.add(entry, &frame, fate);
        Ok(())
    }

    /// Writes what was put together; none of it is in the file when that fails.
    fn write(&mut self) {
        let Some(written) = self.batch.write(&mut self.file) else { return };
        self.is_broken = written.is_err();
        if let Ok(queued) = written {
            self.appended += queued.len() as u64;
            self.waiting.extend(queued);
        }
    }
}

impl Shared {
    /// Writes what was put together, and says how many entries were appended by now.
    fn write(&self) -> u64 {
        let appended = {
            let mut state = self.lock();
            state.write();
            state.appended
        };
        self.wake.notify_one();
        appended
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
