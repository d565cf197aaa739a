//! Entries on their way into one write.

use std::io;
use std::sync::{Arc, OnceLock};

use super::JournalError;
use super::file::JournalFile;
use super::writer::Queued;
use crate::data::audit::store::Entry;

/// Entries that are written together, in the order they came.
#[derive(Debug, Default)]
pub(super) struct Batch {
    frames: Vec<u8>,
    /// Each with the place behind its frame.
    entries: Vec<(Entry, usize, Fate)>,
}

/// What becomes of an entry.
#[derive(Debug, Default, Clone)]
pub(super) struct Fate(Arc<OnceLock<Result<(), io::ErrorKind>>>);

impl Fate {
    /// Whether it is not written yet.
    pub(super) fn is_open(&self) -> bool {
        self.0.get().is_none()
    }

    /// Whether it was written. What was not is no entry.
    pub(super) fn outcome(&self) -> Result<(), JournalError> {
        let failed = |kind| JournalError::File(io::Error::from(kind));
        self.0.get().copied().unwrap_or(Err(io::ErrorKind::Other)).map_err(failed)
    }
}

impl Batch {
    /// How many entries wait for the write.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Adds an entry.
    pub(super) fn add(&mut self, entry: Entry, frame: &[u8], fate: Fate) {
        self.frames.extend_from_slice(frame);
        self.entries.push((entry, self.frames.len(), fate));
    }

    /// Writes all of them and lets each know; `None` when there are none.
    pub(super) fn write(&mut self, file: &mut JournalFile) -> Option<io::Result<Vec<Queued>>> {
        if self.entries.is_empty() {
            return None;
        }
        let begin = file.position();
        let written = file.append(&self.frames);
        let outcome = written.as_ref().map(|_| ()).map_err(io::Error::kind);
        self.frames.clear();
        let entries = self.entries.drain(..).map(|(entry, end, fate)| {
            // Each fate is decided once, here.
            let _ = fate.0.set(outcome);
            Queued { entry, end: begin + end as u64 }
        });
        let entries: Vec<Queued> = entries.collect();
        Some(written.map(|()| entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn three() -> (Batch, [Fate; 3]) {
        let (mut batch, fates) = (Batch::default(), [(); 3].map(|()| Fate::default()));
        for (text, fate) in ["one", "two", "three"].iter().zip(&fates) {
            let entry = Entry { kind: "test".into(), at_us: 0, body: (*text).to_owned(), sealed: Vec::new() };
            batch.add(entry, text.as_bytes(), fate.clone());
        }
        (batch, fates)
    }

    #[test]
    fn all_are_written_in_their_order_and_each_is_told() {
        let path = tempfile::NamedTempFile::new().unwrap();
        let mut file = JournalFile::over(std::fs::File::options().append(true).open(path.path()).unwrap());
        let (mut batch, fates) = three();
        let queued = batch.write(&mut file).unwrap().unwrap();
        assert_eq!(queued.iter().map(|queued| queued.end).collect::<Vec<_>>(), [3, 6, 11]);
        assert_eq!(std::fs::read_to_string(path.path()).unwrap(), "onetwothree");
        assert!(fates.iter().all(|fate| fate.outcome().is_ok()));
        assert!(batch.write(&mut file).is_none(), "nothing is left");
    }

    #[test]
    fn where_the_write_fails_everybody_is_told_and_nothing_is_kept() {
        let mut file = JournalFile::over(std::fs::File::options().append(true).open("/dev/full").unwrap());
        let (mut batch, fates) = three();
        assert!(batch.write(&mut file).unwrap().is_err());
        assert!(fates.iter().all(|fate| !fate.is_open() && fate.outcome().is_err()));
        assert_eq!((batch.len(), file.position()), (0, 0));
    }
}
