//! The file of the tagger: a header in JSON, the packed weights, the lists, and a checksum.
//!
//! Invariants: every byte is covered by the checksum; a file that does not give the answers it says it gives is refused. The
//! file of the program is read where it lies: it has no copy in memory.

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::lists::LIST_BYTES;
use super::table::TABLE_BYTES;
use super::{Entity, TAGS};

const MAGIC: &[u8; 8] = b"PENTITY1";
const CHECKSUM_BYTES: usize = 32;
const HEADER_BYTES_MAX: usize = 64 << 10;

static EMBEDDED: LazyLock<Result<Arc<Model>, Broken>> =
    LazyLock::new(|| Model::parse(Cow::Borrowed(include_bytes!("../../models/entity.pcm"))).map(Arc::new));

/// The tagger that is shipped with the program.
///
/// # Errors
/// When it does not pass its self-test, which a test of the program rules out.
pub fn embedded() -> Result<Arc<Model>, Broken> {
    EMBEDDED.clone()
}

/// From which tag to which: the last row is the beginning of a text.
pub type Transitions = [[i32; TAGS]; TAGS + 1];

/// A tagger, ready to tag.
pub struct Model {
    header: Header,
    bytes: Cow<'static, [u8]>,
    /// Where the weights begin; the lists follow them.
    table: usize,
}

/// Why a tagger is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Broken {
    /// It is not a tagger's file of this version.
    NotATagger,
    /// It was damaged or cut.
    Checksum,
    /// Its header does not say what is needed.
    Header(String),
    /// It does not give an answer that it should.
    WrongAnswer {
        /// Which one.
        known: usize,
    },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    version: String,
    transitions: Transitions,
    known: Vec<Known>,
}

/// A text, and what is in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Known {
    text: String,
    entities: Vec<Entity>,
}

/// A tagger that is being made.
#[derive(Debug, Clone)]
pub struct Draft {
    /// Its version.
    pub version: String,
    /// Weights from tag to tag.
    pub transitions: Transitions,
    /// The packed weights; see [`super::pack`].
    pub table: Vec<u8>,
    /// The filter of the lists.
    pub lists: Box<[u8; LIST_BYTES]>,
}

impl Model {
    /// Reads a tagger and has it answer what it says it knows.
    ///
    /// # Errors
    /// When it is damaged, of another kind, or gives other answers.
    pub fn read(file: &[u8]) -> Result<Self, Broken> {
        Self::parse(Cow::Owned(file.to_vec()))
    }

    fn parse(file: Cow<'static, [u8]>) -> Result<Self, Broken> {
        let (body, checksum) = file.split_last_chunk::<CHECKSUM_BYTES>().ok_or(Broken::NotATagger)?;
        let rest = body.strip_prefix(MAGIC).ok_or(Broken::NotATagger)?;
        if Sha256::digest(body)[..] != checksum[..] {
            return Err(Broken::Checksum);
        }
        let (len, rest) = rest.split_first_chunk::<4>().ok_or(Broken::NotATagger)?;
        let len = u32::from_le_bytes(*len) as usize;
        let header = rest.get(..len).filter(|_| len <= HEADER_BYTES_MAX).ok_or(Broken::NotATagger)?;
        let header: Header = serde_json::from_slice(header).map_err(|error| Broken::Header(error.to_string()))?;
        if rest.len() - len != TABLE_BYTES + LIST_BYTES {
            return Err(Broken::NotATagger);
        }
        let table = body.len() - TABLE_BYTES - LIST_BYTES;
        let model = Self { header, bytes: file, table };
        model.check()?;
        Ok(model)
    }

    fn check(&self) -> Result<(), Broken> {
        if self.header.known.iter().all(|known| known.entities.is_empty()) {
            return Err(Broken::Header("it has no known answer".to_owned()));
        }
        if self.header.transitions.iter().flatten().any(|weight| weight.abs() > 1 << 20) {
            return Err(Broken::Header("a transition is out of bounds".to_owned()));
        }
        let places = |entities: &[Entity]| -> Vec<_> {
            entities.iter().map(|entity| (entity.kind, entity.span.clone())).collect()
        };
        let is_wrong = |known: &Known| places(&self.tag(&known.text)) != places(&known.entities);
        match self.header.known.iter().position(is_wrong) {
            Some(known) => Err(Broken::WrongAnswer { known }),
            None => Ok(()),
        }
    }

    /// Its version.
    pub fn version(&self) -> &str {
        &self.header.version
    }

    /// From which tag to which.
    pub(super) const fn transitions(&self) -> &Transitions {
        &self.header.transitions
    }

    /// The weights and the lists; sizes were checked when the tagger was made.
    pub(super) fn tables(&self) -> Option<(&[u8; TABLE_BYTES], &[u8; LIST_BYTES])> {
        let (table, lists) = self.bytes.get(self.table..)?.split_first_chunk()?;
        Some((table, lists.first_chunk()?))
    }
}

impl Draft {
    /// A tagger that knows no answers yet: to compare, never to ship.
    pub fn untested(&self) -> Model {
        let header = Header { version: self.version.clone(), transitions: self.transitions, known: Vec::new() };
        Model { header, bytes: Cow::Owned(self.tables()), table: 0 }
    }

    /// Writes the file, with the answers that it gives to `questions`.
    ///
    /// # Errors
    /// When it does not pass its own self-test.
    pub fn write(&self, questions: &[&str]) -> Result<Vec<u8>, Broken> {
        let mut header = self.untested().header;
        let model = self.untested();
        let answer = |text: &&str| Known { text: (*text).to_owned(), entities: model.tag(text) };
        header.known = questions.iter().map(answer).collect();
        let header = serde_json::to_vec(&header).map_err(|error| Broken::Header(error.to_string()))?;
        let len = u32::try_from(header.len()).map_err(|_| Broken::Header("it is too long".to_owned()))?;
        let mut file = [MAGIC.as_slice(), &len.to_le_bytes(), &header, &self.tables()].concat();
        file.extend(Sha256::digest(&file));
        Model::read(&file).map(|_| file)
    }

    fn tables(&self) -> Vec<u8> {
        self.table.iter().chain(self.lists.iter()).copied().collect()
    }
}

impl std::fmt::Debug for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Model").field("version", &self.header.version).finish_non_exhaustive()
    }
}

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotATagger => f.write_str("it is not a tagger's file of this version"),
            Self::Checksum => f.write_str("its checksum does not match"),
            Self::Header(what) => write!(f, "its header does not fit: {what}"),
            Self::WrongAnswer { known } => write!(f, "it gives another answer than it should (known answer {known})"),
        }
    }
}

impl std::error::Error for Broken {}
