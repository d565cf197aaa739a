//! The file of a classifier: a header in JSON, a plane of small weights for each head, and a checksum.
//!
//! Invariants: every byte of a file is covered by its checksum; a file that does not give the answers it says it gives is
//! refused, so a damaged, empty or mismatched model never judges anything. The model of the program is read where it lies:
//! it has no copy in memory.

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::gram::PLACE_BITS;
use super::{Head, Source};

/// Heads of a model.
pub const HEADS: usize = Head::ALL.len();

const MAGIC: &[u8; 8] = b"PCLASS1\n";
const CHECKSUM_BYTES: usize = 32;
const HEADER_BYTES_MAX: usize = 64 << 10;
const PLANE_BYTES: usize = 1 << PLACE_BITS;
/// Heads that every model has: later ones say nothing where a model was made before they were.
const HEADS_MIN: usize = 5;
/// How far a known answer may be off: floats add up alike everywhere, files do not.
const TOLERANCE: f32 = 0.005;

static EMBEDDED: LazyLock<Result<Arc<Model>, Broken>> =
    LazyLock::new(|| Model::parse(Cow::Borrowed(include_bytes!("../../models/classifier.pcm"))).map(Arc::new));

/// The model that is shipped with the program.
///
/// # Errors
/// When it does not pass its self-test, which a test of the program rules out.
pub fn embedded() -> Result<Arc<Model>, Broken> {
    EMBEDDED.clone()
}

/// A model, ready to judge.
pub struct Model {
    header: Header,
    /// The file, or what stands for it.
    bytes: Cow<'static, [u8]>,
    /// Where the planes begin.
    planes: usize,
}

/// The weights of one head, by place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plane<'m>(&'m [u8; PLANE_BYTES]);

impl Plane<'_> {
    /// The sum of the weights at these places.
    #[inline]
    pub(super) fn sum<const PLACES: usize>(self, places: [u32; PLACES]) -> i32 {
        places.iter().map(|place| i32::from(self.at(*place))).sum()
    }

    #[inline]
    const fn at(self, place: u32) -> i8 {
        self.0[place as usize & (PLANE_BYTES - 1)].cast_signed()
    }
}

/// Why a model is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Broken {
    /// It is not a model file of this version.
    NotAModel,
    /// It was damaged or cut.
    Checksum,
    /// Its header does not say what is needed.
    Header(String),
    /// Its weights are too few or too many.
    Size,
    /// It does not give an answer that it should.
    WrongAnswer {
        /// Which one.
        known: usize,
    },
}

/// What a model file says of itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// Its version: newer ones sort behind older ones.
    pub version: String,
    /// The first of [`Head::ALL`], in that order.
    pub heads: Vec<HeadHeader>,
    /// Texts and the scores that they must get.
    pub known: Vec<Known>,
}

/// One head's numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeadHeader {
    /// What it judges.
    pub head: Head,
    /// What a weight of the plane is multiplied with.
    pub scale: f32,
    /// Added to every window.
    pub bias: f32,
    /// From margins to probabilities, for prompts, documents and answers.
    pub calibration: [Calibration; 3],
}

/// A margin `m` has the probability `1 / (1 + exp(-(slope · m + offset)))`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// Steepness, above 0.
    pub slope: f32,
    /// Shift.
    pub offset: f32,
}

/// A known answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Known {
    /// The text, canonical.
    pub text: String,
    /// Who judges it.
    pub head: Head,
    /// The probability as a prompt, or as an answer for a head that judges only those.
    pub score: f32,
}

/// A model that is being made.
#[derive(Debug, Clone)]
pub struct Draft {
    /// Its header; known answers may be missing.
    pub header: Header,
    /// A plane for each head.
    pub planes: Vec<Vec<i8>>,
}

impl Model {
    /// Reads a model and has it answer what it says it knows.
    ///
    /// # Errors
    /// When it is damaged, of another kind, or gives other answers.
    pub fn read(file: &[u8]) -> Result<Self, Broken> {
        Self::parse(Cow::Owned(file.to_vec()))
    }

    fn parse(file: Cow<'static, [u8]>) -> Result<Self, Broken> {
        let (body, checksum) = file.split_last_chunk::<CHECKSUM_BYTES>().ok_or(Broken::NotAModel)?;
        let rest = body.strip_prefix(MAGIC).ok_or(Broken::NotAModel)?;
        if Sha256::digest(body)[..] != checksum[..] {
            return Err(Broken::Checksum);
        }
        let (len, rest) = rest.split_first_chunk::<4>().ok_or(Broken::NotAModel)?;
        let len = u32::from_le_bytes(*len) as usize;
        let header = rest.get(..len).filter(|_| len <= HEADER_BYTES_MAX).ok_or(Broken::NotAModel)?;
        let header: Header = serde_json::from_slice(header).map_err(|error| Broken::Header(error.to_string()))?;
        check_size(rest.len() - len, header.heads.len())?;
        let planes = body.len() - header.heads.len() * PLANE_BYTES;
        let model = Self { header, bytes: file, planes };
        model.check_header()?;
        model.check_answers()?;
        Ok(model)
    }

    /// What a draft would say, without knowing whether it is any good: to compare, never to judge.
    ///
    /// # Errors
    /// When the planes do not fit.
    pub fn untested(draft: Draft) -> Result<Self, Broken> {
        let bytes = draft.bytes()?;
        Ok(Self { header: draft.header, bytes: Cow::Owned(bytes), planes: 0 })
    }

    /// What it was written from, to make another of it; known answers are left out.
    pub fn draft(&self) -> Draft {
        let plane = |head: Head| {
            let plane = self.plane(head).map_or(&[][..], |plane| &plane.0[..]);
            plane.iter().map(|weight| weight.cast_signed()).collect()
        };
        let header = Header { known: Vec::new(), ..self.header.clone() };
        Draft { header, planes: self.heads().map(plane).collect() }
    }

    /// Its version.
    pub fn version(&self) -> &str {
        &self.header.version
    }

    /// The heads that it has.
    pub fn heads(&self) -> impl Iterator<Item = Head> {
        self.header.heads.iter().map(|head| head.head)
    }

    /// The probability that a margin stands for; 0 by a head that it does not have.
    pub fn probability(&self, head: Head, source: Source, margin: f32) -> f32 {
        let Some(header) = self.header.heads.get(head as usize) else { return 0.0 };
        let Calibration { slope, offset } = header.calibration[source as usize];
        1.0 / (1.0 + (-slope.mul_add(margin, offset)).exp())
    }

    /// The weights of a head. Sizes were checked when the model was made.
    pub(super) fn plane(&self, head: Head) -> Option<Plane<'_>> {
        // The checksum follows the planes, so what is asked of a head that is not there must not read on.
        self.header.heads.get(head as usize)?;
        let from = self.planes + head as usize * PLANE_BYTES;
        self.bytes.get(from..)?.first_chunk().map(Plane)
    }

    pub(super) fn margin(&self, lane: usize, sum: i32, norm: f32) -> f32 {
        let head = &self.header.heads[lane];
        sum as f32 * head.scale * norm + head.bias
    }

    pub(super) fn weight(&self, head: Head, place: u32) -> f32 {
        let plane = self.plane(head).map_or(0, |plane| plane.at(place));
        self.header.heads.get(head as usize).map_or(0.0, |head| f32::from(plane) * head.scale)
    }

    fn check_header(&self) -> Result<(), Broken> {
        let wrong = |what: &str| Err(Broken::Header(what.to_owned()));
        if !self.heads().eq(Head::ALL.into_iter().take(self.header.heads.len().max(HEADS_MIN))) {
            return wrong("it has other heads");
        }
        for head in &self.header.heads {
            let numbers = head.calibration.iter().flat_map(|calibration| [calibration.slope, calibration.offset]);
            if !numbers.chain([head.scale, head.bias]).all(f32::is_finite) {
                return wrong("a number is not finite");
            }
            if head.calibration.iter().any(|calibration| calibration.slope <= 0.0) {
                return wrong("a calibration is upside down");
            }
        }
        for head in self.heads() {
            let scores = || self.header.known.iter().filter(|known| known.head == head).map(|known| known.score);
            if !scores().any(|score| score > 0.6) || !scores().any(|score| score < 0.4) {
                let scores: Vec<f32> = scores().collect();
                return Err(Broken::Header(format!("{head:?} has no known answer on each side: {scores:?}")));
            }
        }
        Ok(())
    }

    fn check_answers(&self) -> Result<(), Broken> {
        let right = |known: &Known| (self.known_score(known.head, &known.text) - known.score).abs() <= TOLERANCE;
        match self.header.known.iter().position(|known| !right(known)) {
            Some(known) => Err(Broken::WrongAnswer { known }),
            None => Ok(()),
        }
    }

    fn known_score(&self, head: Head, text: &str) -> f32 {
        let source = if head.judges(Source::Prompt) { Source::Prompt } else { Source::Answer };
        self.probability(head, source, self.worst(head, text))
    }
}

impl Draft {
    /// Writes the file, with the answers that the model gives to `questions`.
    ///
    /// # Errors
    /// When the planes do not fit, or the answers do not tell the two sides of each head apart.
    pub fn write(mut self, questions: &[(Head, &str)]) -> Result<Vec<u8>, Broken> {
        let planes = self.bytes()?;
        let model = Model::untested(self.clone())?;
        let questions = questions.iter().filter(|(head, _)| model.heads().any(|own| own == *head));
        let known =
            |&(head, text): &(Head, &str)| Known { text: text.to_owned(), head, score: model.known_score(head, text) };
        self.header.known = questions.map(known).collect();
        let header = serde_json::to_vec(&self.header).map_err(|error| Broken::Header(error.to_string()))?;
        let len = u32::try_from(header.len()).map_err(|_| Broken::Header("it is too long".to_owned()))?;
        let mut file = [MAGIC.as_slice(), &len.to_le_bytes(), &header, &planes].concat();
        file.extend(Sha256::digest(&file));
        Model::read(&file).map(|_| file)
    }
    fn bytes(&self) -> Result<Vec<u8>, Broken> {
        check_size(self.planes.iter().map(Vec::len).sum(), self.header.heads.len())?;
        Ok(self.planes.iter().flatten().map(|weight| weight.to_ne_bytes()[0]).collect())
    }
}

const fn check_size(bytes: usize, heads: usize) -> Result<(), Broken> {
    if bytes == heads * PLANE_BYTES { Ok(()) } else { Err(Broken::Size) }
}

impl std::fmt::Debug for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Model").field("version", &self.header.version).finish_non_exhaustive()
    }
}

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotAModel => f.write_str("it is not a model file of this version"),
            Self::Checksum => f.write_str("its checksum does not match"),
            Self::Size => f.write_str("its weights are too few or too many"),
            Self::Header(what) => write!(f, "its header does not fit: {what}"),
            Self::WrongAnswer { known } => write!(f, "it gives another answer than it should (known answer {known})"),
        }
    }
}

impl std::error::Error for Broken {}
