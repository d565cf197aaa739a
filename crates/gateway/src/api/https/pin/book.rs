//! The pins that were published, in `pins.json` of the data folder.
//!
//! Invariant: a file that is there and cannot be read refuses everything; it never counts as empty.

use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Pin, PinError};

/// A book that is longer was not written by us.
const BYTES_MAX: u64 = 1024 * 1024;

/// Pins that were published together: what one version of an app has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Set {
    /// Its id, for people.
    pub id: String,
    /// The host that apps connect to.
    pub host: String,
    /// The pins: of the key in use first.
    pub pins: Vec<Pin>,
    /// When it was published.
    pub published_at: Timestamp,
    /// From when on apps do not look at it any more, when they were told so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// Since when no app has it any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retired_at: Option<Timestamp>,
}

/// All sets that were published.
#[derive(Debug)]
pub struct Book {
    path: PathBuf,
    /// Oldest first.
    pub sets: Vec<Set>,
}

impl Set {
    /// Whether apps may still hold it.
    pub fn binds(&self, now: Timestamp) -> bool {
        self.retired_at.is_none() && self.until.is_none_or(|until| now < until)
    }
}

impl Book {
    /// Reads the book of a data folder; an empty one where nothing was published.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    pub fn open(data: &Path) -> Result<Self, PinError> {
        let path = data.join("pins.json");
        let failed = |source| PinError::Book { path: path.clone(), source };
        let sets = match std::fs::metadata(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(failed(error)),
            Ok(about) if about.len() > BYTES_MAX => return Err(failed(std::io::Error::other("larger than 1 MiB"))),
            Ok(_) => {
                let text = std::fs::read(&path).map_err(failed)?;
                serde_json::from_slice(&text).map_err(|error| failed(error.into()))?
            }
        };
        Ok(Self { path, sets })
    }

    /// Whether every app may go on when the key with this pin is served.
    ///
    /// # Errors
    /// With the sets that do not have it.
    pub fn check(&self, pin: &Pin, now: Timestamp) -> Result<(), PinError> {
        let sets: Vec<String> = self
            .sets
            .iter()
            .filter(|set| set.binds(now) && !set.pins.contains(pin))
            .map(|set| set.id.clone())
            .collect();
        if sets.is_empty() { Ok(()) } else { Err(PinError::Broken { pin: pin.clone(), sets }) }
    }

    /// Adds a set and writes the book; the set's id is made here.
    ///
    /// # Errors
    /// When it has no backup, or the book cannot be written.
    pub fn publish(&mut self, set: Set) -> Result<&Set, PinError> {
        if set.pins.len() < 2 || set.pins.iter().skip(1).any(|pin| *pin == set.pins[0]) {
            return Err(PinError::NoBackup);
        }
        self.sets.push(Set { id: format!("pins_{}", self.sets.len() + 1), ..set });
        self.write()?;
        Ok(&self.sets[self.sets.len() - 1])
    }

    /// Says that no app has a set any more, and writes the book.
    ///
    /// # Errors
    /// When there is no such set, or the book cannot be written.
    pub fn retire(&mut self, id: &str, now: Timestamp) -> Result<(), PinError> {
        let set = self.sets.iter_mut().find(|set| set.id == id);
        let set = set.ok_or_else(|| PinError::Unknown(id.chars().take(64).collect()))?;
        set.retired_at.get_or_insert(now);
        self.write()
    }

    /// Beside it first, then in its place: a book is whole or the old one.
    fn write(&self) -> Result<(), PinError> {
        let failed = |source| PinError::Book { path: self.path.clone(), source };
        let text = serde_json::to_vec_pretty(&self.sets).map_err(|error| failed(error.into()))?;
        let beside = self.path.with_extension("json.new");
        let mut file = std::fs::File::create(&beside).map_err(failed)?;
        file.write_all(&text).and_then(|()| file.sync_all()).map_err(failed)?;
        std::fs::rename(&beside, &self.path).map_err(failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pin(name: &str) -> Pin {
        Pin::of_public_key(name.as_bytes())
    }

    fn set(pins: &[&str]) -> Set {
        Set {
            id: String::new(),
            host: "gate.example".to_owned(),
            pins: pins.iter().map(|name| pin(name)).collect(),
            published_at: Timestamp::UNIX_EPOCH,
            until: None,
            retired_at: None,
        }
    }

    #[test]
    fn a_key_must_be_in_every_set_that_binds() {
        let data = tempfile::tempdir().unwrap();
        let now = Timestamp::from_second(1_000).unwrap();
        let mut book = Book::open(data.path()).unwrap();
        assert!(book.check(&pin("a"), now).is_ok(), "nothing was published");
        book.publish(set(&["a", "b"])).unwrap();
        let until = Timestamp::from_second(2_000).unwrap();
        book.publish(Set { until: Some(until), ..set(&["b", "c"]) }).unwrap();

        let mut book = Book::open(data.path()).unwrap();
        let broken = |name: &str, now, book: &Book| match book.check(&pin(name), now) {
            Err(PinError::Broken { sets, .. }) => sets.join(" "),
            other => format!("{other:?}"),
        };
        assert_eq!(broken("a", now, &book), "pins_2");
        assert_eq!(broken("b", now, &book), "Ok(())");
        assert_eq!(broken("c", now, &book), "pins_1");
        assert_eq!(broken("x", now, &book), "pins_1 pins_2");
        assert_eq!(broken("a", until, &book), "Ok(())", "apps do not look at the second set any more");
        book.retire("pins_1", now).unwrap();
        assert_eq!(broken("c", now, &Book::open(data.path()).unwrap()), "Ok(())");
        assert!(matches!(book.retire("pins_9", now), Err(PinError::Unknown(_))));
    }

    #[test]
    fn a_set_without_a_backup_is_not_published() {
        let data = tempfile::tempdir().unwrap();
        let mut book = Book::open(data.path()).unwrap();
        for pins in [&["a"][..], &["a", "a"], &[]] {
            assert!(matches!(book.publish(set(pins)), Err(PinError::NoBackup)), "{pins:?}");
        }
        assert!(Book::open(data.path()).unwrap().sets.is_empty());
    }

    #[test]
    fn a_broken_book_is_not_an_empty_one() {
        let data = tempfile::tempdir().unwrap();
        for text in [
            "",
            "{}",
            "[{\"id\": 1}]",
            "[{\"id\":\"a\",\"host\":\"h\",\"pins\":[\"AAAA\"],\"published_at\":\"2026-01-01T00:00:00Z\"}]",
        ] {
            std::fs::write(data.path().join("pins.json"), text).unwrap();
            assert!(matches!(Book::open(data.path()), Err(PinError::Book { .. })), "{text}");
        }
    }
}
