//! Journal files: one a process at a time, locked by it, deleted when all of it is in the database.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

/// A file that entries are written to.
#[derive(Debug)]
pub(super) struct JournalFile {
    file: File,
    path: PathBuf,
    position: u64,
    /// A write failed in the middle and could not be taken back.
    is_torn: bool,
}

impl JournalFile {
    /// Makes a new file and locks it.
    pub(super) fn create(folder: &Path, now: Timestamp) -> io::Result<Self> {
        let unique = uuid::Uuid::now_v7().simple();
        let path = folder.join(format!("{}-{unique}.journal", now.as_second()));
        let file = OpenOptions::new().append(true).create_new(true).mode(0o600).open(&path)?;
        file.try_lock()?;
        Ok(Self { file, path, position: 0, is_torn: false })
    }

    /// Any file, to see what becomes of writes that fail.
    #[cfg(test)]
    pub(super) fn over(file: File) -> Self {
        Self { file, path: PathBuf::new(), position: 0, is_torn: false }
    }

    /// Appends frames with one write.
    pub(super) fn append(&mut self, frame: &[u8]) -> io::Result<()> {
        if self.is_torn {
            // What follows half a frame would not be read back.
            self.file.set_len(self.position)?;
            self.is_torn = false;
        }
        if let Err(error) = self.file.write_all(frame) {
            self.is_torn = self.file.set_len(self.position).is_err();
            return Err(error);
        }
        self.position += frame.len() as u64;
        Ok(())
    }

    /// Where the next frame begins.
    pub(super) fn position(&self) -> u64 {
        self.position
    }

    /// Its name, under which the database remembers how far it was taken over.
    pub(super) fn name(&self) -> String {
        name(&self.path)
    }

    /// Deletes the file, once all of it is in the database.
    pub(super) fn delete(&self) -> io::Result<()> {
        std::fs::remove_file(&self.path)
    }
}

/// A file whose process is gone.
#[derive(Debug)]
pub(super) struct LeftBehind {
    /// Keeps others from taking it over too.
    _lock: File,
    path: PathBuf,
}

impl LeftBehind {
    /// All of it.
    pub(super) fn read(&self) -> io::Result<Vec<u8>> {
        std::fs::read(&self.path)
    }

    /// Its name.
    pub(super) fn name(&self) -> String {
        name(&self.path)
    }

    /// Deletes the file.
    pub(super) fn delete(self) -> io::Result<()> {
        std::fs::remove_file(&self.path)
    }
}

/// The files that nobody holds a lock on, oldest first.
pub(super) fn left_behind(folder: &Path) -> io::Result<Vec<LeftBehind>> {
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "journal") {
            paths.push(path);
        }
    }
    paths.sort();
    let mut left = Vec::new();
    for path in paths {
        // Another process may delete it at this moment.
        let Ok(file) = File::open(&path) else { continue };
        if file.try_lock().is_ok() && path.exists() {
            left.push(LeftBehind { _lock: file, path });
        }
    }
    Ok(left)
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
