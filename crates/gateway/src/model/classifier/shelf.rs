//! Models in the data folder: `models/VERSION.pcm`, its signature beside it, and in `models/current` which were chosen.
//!
//! Invariants: what is on the shelf was checked when it was put there and is checked again when it is taken; the history
//! only grows by choosing and shrinks by rolling back.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use guard::classifier::{Broken, Model, embedded};

use crate::data::encryption::{SealError, Sealer};

/// What the key of the installation is derived for.
const PURPOSE: &str = "classifier";
/// Larger files are no models.
const FILE_BYTES_MAX: u64 = 64 << 20;
const VERSION_BYTES_MAX: usize = 64;
const CURRENT: &str = "current";

/// The models of one installation.
pub struct Shelf {
    folder: PathBuf,
    key: Ed25519KeyPair,
}

/// One model on the shelf.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Entry {
    /// Its version.
    pub version: String,
    /// Whether it judges, or will after the next reload.
    pub is_current: bool,
    /// Why it cannot, if so.
    pub problem: Option<String>,
}

/// Why a model is not taken.
#[derive(Debug, thiserror::Error)]
pub enum ShelfError {
    /// The folder cannot be used.
    #[error("the models in {path} cannot be used")]
    Io {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The key cannot be had.
    #[error("the key that models are signed with cannot be had")]
    Key(#[from] SealError),
    /// It is not a good model.
    #[error("the model {version} is refused")]
    Broken {
        /// Which.
        version: String,
        /// Why.
        source: Broken,
    },
    /// Its signature is missing or wrong.
    #[error("the model {0} is not signed by this installation: put it on the shelf with `portcullis model add`")]
    Unsigned(String),
    /// It says that it is another version.
    #[error("the model {0} says that it is another version")]
    Misnamed(String),
    /// Its version cannot be a file name.
    #[error(
        "the version `{0}` is refused: up to {VERSION_BYTES_MAX} letters, digits, dots and hyphens, beginning with a letter or digit"
    )]
    Version(String),
    /// There is no such model.
    #[error("there is no model {0}: `portcullis model list` shows what there is")]
    Unknown(String),
    /// There is nothing to go back to.
    #[error("no model was chosen: the one of the program judges")]
    NothingChosen,
    /// A model of this version is there, and it is another one.
    #[error("there is another model {0} already: versions are not used twice")]
    Taken(String),
}

impl Shelf {
    /// The shelf in a data folder.
    ///
    /// # Errors
    /// When its key cannot be had.
    pub fn open(data: &Path, sealer: &Sealer) -> Result<Self, ShelfError> {
        Ok(Self { folder: data.join("models"), key: sealer.signing_key(PURPOSE)? })
    }

    /// The model that judges: the one chosen last, or the program's own.
    ///
    /// # Errors
    /// When the chosen one is missing, not signed or broken.
    pub fn current(&self) -> Result<Arc<Model>, ShelfError> {
        match self.history()?.last() {
            Some(version) => self.load(version).map(Arc::new),
            None => embedded().map_err(|source| ShelfError::Broken { version: "of the program".to_owned(), source }),
        }
    }

    /// Puts a model on the shelf and signs it.
    ///
    /// # Errors
    /// When it does not pass its self-test, or its version is taken.
    pub fn add(&self, file: &[u8]) -> Result<String, ShelfError> {
        let broken = |source| ShelfError::Broken { version: "in this file".to_owned(), source };
        let version = Model::read(file).map_err(broken)?.version().to_owned();
        let path = self.path(&version, "pcm")?;
        fs::create_dir_all(&self.folder).map_err(|source| self.io(source))?;
        match fs::read(&path) {
            Ok(there) if there != file => return Err(ShelfError::Taken(version)),
            _ => self.write(&path, file)?,
        }
        self.write(&self.path(&version, "sig")?, self.key.sign(file).as_ref())?;
        Ok(version)
    }

    /// Has a model judge after the next reload.
    ///
    /// # Errors
    /// When it is missing, not signed or broken.
    pub fn choose(&self, version: &str) -> Result<(), ShelfError> {
        self.load(version)?;
        let mut history = self.history()?;
        if history.last().is_none_or(|last| last != version) {
            history.push(version.to_owned());
        }
        self.remember(&history)
    }

    /// Goes back to what judged before; `None` is the program's own model.
    ///
    /// # Errors
    /// When none was chosen, or the one before cannot judge any more.
    pub fn roll_back(&self) -> Result<Option<String>, ShelfError> {
        let mut history = self.history()?;
        history.pop().ok_or(ShelfError::NothingChosen)?;
        if let Some(before) = history.last() {
            self.load(before)?;
        }
        self.remember(&history)?;
        Ok(history.pop())
    }

    /// All models, by version.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn list(&self) -> Result<Vec<Entry>, ShelfError> {
        let current = self.history()?.pop();
        let files = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            files => files.map_err(|source| self.io(source))?,
        };
        let mut entries = Vec::new();
        for file in files {
            let name = file.map_err(|source| self.io(source))?.file_name();
            let Some(version) = name.to_str().and_then(|name| name.strip_suffix(".pcm")) else { continue };
            let problem = self.load(version).err().map(|error| error.to_string());
            entries.push(Entry {
                is_current: current.as_deref() == Some(version),
                version: version.to_owned(),
                problem,
            });
        }
        entries.sort_by(|a, b| a.version.cmp(&b.version));
        Ok(entries)
    }

    fn load(&self, version: &str) -> Result<Model, ShelfError> {
        let file = self.read(version, "pcm")?.ok_or_else(|| ShelfError::Unknown(version.to_owned()))?;
        let signature = self.read(version, "sig")?.unwrap_or_default();
        UnparsedPublicKey::new(&ED25519, self.key.public_key())
            .verify(&file, &signature)
            .map_err(|_| ShelfError::Unsigned(version.to_owned()))?;
        let model = Model::read(&file).map_err(|source| ShelfError::Broken { version: version.to_owned(), source })?;
        if model.version() == version { Ok(model) } else { Err(ShelfError::Misnamed(version.to_owned())) }
    }

    fn history(&self) -> Result<Vec<String>, ShelfError> {
        match fs::read_to_string(self.folder.join(CURRENT)) {
            Ok(text) => Ok(text.lines().map(str::to_owned).collect()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(source) => Err(self.io(source)),
        }
    }

    fn remember(&self, history: &[String]) -> Result<(), ShelfError> {
        self.write(&self.folder.join(CURRENT), history.join("\n").as_bytes())
    }

    fn read(&self, version: &str, ending: &str) -> Result<Option<Vec<u8>>, ShelfError> {
        let file = match fs::File::open(self.path(version, ending)?) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file.map_err(|source| self.io(source))?,
        };
        let mut bytes = Vec::new();
        file.take(FILE_BYTES_MAX).read_to_end(&mut bytes).map_err(|source| self.io(source))?;
        Ok(Some(bytes))
    }

    /// Whole or not at all.
    fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), ShelfError> {
        let new = path.with_extension("new");
        fs::write(&new, bytes).and_then(|()| fs::rename(&new, path)).map_err(|source| self.io(source))
    }

    fn path(&self, version: &str, ending: &str) -> Result<PathBuf, ShelfError> {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
        let begins = version.starts_with(|c: char| c.is_ascii_alphanumeric());
        if !begins || version.len() > VERSION_BYTES_MAX || !version.chars().all(is_plain) {
            return Err(ShelfError::Version(version.chars().take(VERSION_BYTES_MAX).collect()));
        }
        Ok(self.folder.join(format!("{version}.{ending}")))
    }

    fn io(&self, source: io::Error) -> ShelfError {
        ShelfError::Io { path: self.folder.clone(), source }
    }
}

impl std::fmt::Debug for Shelf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shelf").field("folder", &self.folder).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &[u8] = include_bytes!("../../../../guard/models/classifier.pcm");

    fn shelf(folder: &Path, seed: u8) -> Shelf {
        Shelf { folder: folder.join("models"), key: Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap() }
    }

    #[test]
    fn a_model_is_added_chosen_and_rolled_back() {
        let folder = tempfile::tempdir().unwrap();
        let shelf = shelf(folder.path(), 1);
        let version = shelf.add(FILE).unwrap();
        shelf.choose(&version).unwrap();
        assert_eq!(shelf.current().unwrap().version(), version);
        assert!(shelf.list().unwrap().iter().all(|entry| entry.is_current && entry.problem.is_none()));
        assert_eq!(shelf.roll_back().unwrap(), None);
        assert!(matches!(shelf.roll_back(), Err(ShelfError::NothingChosen)));
        assert!(shelf.current().is_ok());
    }

    #[test]
    fn a_model_of_another_installation_never_judges() {
        let folder = tempfile::tempdir().unwrap();
        let version = shelf(folder.path(), 1).add(FILE).unwrap();
        assert!(matches!(shelf(folder.path(), 2).choose(&version), Err(ShelfError::Unsigned(_))));
    }

    #[test]
    fn a_model_that_was_changed_after_it_was_chosen_never_judges() {
        let folder = tempfile::tempdir().unwrap();
        let shelf = shelf(folder.path(), 1);
        let version = shelf.add(FILE).unwrap();
        shelf.choose(&version).unwrap();
        let path = folder.path().join(format!("models/{version}.pcm"));
        let mut changed = FILE.to_vec();
        changed[600_000] ^= 1;
        fs::write(&path, changed).unwrap();
        assert!(matches!(shelf.current(), Err(ShelfError::Unsigned(_))));
        fs::remove_file(path).unwrap();
        assert!(matches!(shelf.current(), Err(ShelfError::Unknown(_))));
    }

    #[test]
    fn a_version_is_never_a_path() {
        let folder = tempfile::tempdir().unwrap();
        for version in ["../x", "a/b", "", ".hidden", "a\0b"] {
            assert!(matches!(shelf(folder.path(), 1).choose(version), Err(ShelfError::Version(_))), "{version}");
        }
    }

    #[test]
    fn a_broken_file_is_not_put_on_the_shelf() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(shelf(folder.path(), 1).add(&FILE[..1_000]), Err(ShelfError::Broken { .. })));
    }
}
