//! Ways to disguise an attack, and ways to dress it up: one catalogue for training, measuring and red teaming.
//!
//! A file a family. Families that measuring uses are never trained on: a detector that was trained on a disguise says nothing
//! about the next one. Most mutators have an inverse, which is the proof that what is disguised is still an attack.
//!
//! Invariants: a family is trained on or measured with, never both; the same text and numbers give the same disguise; an
//! inverse gives back the text, character by character.

mod approach;
mod cipher;
mod dilution;
mod encoding;
mod invisible;
mod language;
mod letter;
mod look;
mod scramble;
mod spacing;
pub mod spelling;
mod splitting;
#[cfg(test)]
mod tests;

use crate::random::Random;

/// One way to change an attack.
#[derive(Debug, Clone, Copy)]
pub struct Mutator {
    /// Its name, of the whole catalogue.
    pub name: &'static str,
    /// What it has in common with others.
    pub family: Family,
    /// What it does.
    pub change: Change,
    /// Words that ask a model to read it, before the disguised text; empty when it is read as it is.
    pub request: &'static str,
}

/// What a mutator does.
#[derive(Debug, Clone, Copy)]
pub enum Change {
    /// Puts the text into one of these frames, at `{}`.
    Frame(&'static [&'static str]),
    /// Writes it in another way, and back.
    Write(fn(&str, &mut Random) -> String, fn(&str) -> Option<String>),
    /// Damages it so that people and models still read it; there is no way back.
    Damage(fn(&str, &mut Random) -> String),
}

/// What mutators have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// Wrong letters, digits for letters, capitals.
    Spelling,
    /// A story, an authority, a feeling, a hypothesis around it.
    Framing,
    /// Somebody the model is to be.
    Persona,
    /// Turns and sections of a chat template or a policy file.
    Template,
    /// Letters out of order, or one too many.
    Scramble,
    /// Characters that are not drawn.
    Invisible,
    /// Characters that look like others.
    Look,
    /// Blanks and signs inside or between words.
    Spacing,
    /// Encodings of bytes.
    Encoding,
    /// Other alphabets and orders of letters.
    Cipher,
    /// Harmless text around it.
    Dilution,
    /// Parts that are put together later.
    Splitting,
    /// Words of other languages.
    Language,
}

impl Family {
    /// All, in the order of the catalogue.
    pub const ALL: [Self; 13] = [
        Self::Spelling,
        Self::Framing,
        Self::Persona,
        Self::Template,
        Self::Scramble,
        Self::Invisible,
        Self::Look,
        Self::Spacing,
        Self::Encoding,
        Self::Cipher,
        Self::Dilution,
        Self::Splitting,
        Self::Language,
    ];

    /// Whether training may use it; the others are for measuring only.
    pub const fn is_trained(self) -> bool {
        matches!(self, Self::Spelling | Self::Framing | Self::Persona | Self::Template)
    }

    /// Whether it says something around the attack. The others disguise how it is written.
    pub const fn is_approach(self) -> bool {
        matches!(self, Self::Framing | Self::Persona | Self::Template | Self::Dilution)
    }

    /// Its name in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Spelling => "spelling",
            Self::Framing => "framing",
            Self::Persona => "persona",
            Self::Template => "template",
            Self::Scramble => "scramble",
            Self::Invisible => "invisible",
            Self::Look => "look",
            Self::Spacing => "spacing",
            Self::Encoding => "encoding",
            Self::Cipher => "cipher",
            Self::Dilution => "dilution",
            Self::Splitting => "splitting",
            Self::Language => "language",
        }
    }

    /// Its technique in MITRE ATLAS.
    pub const fn atlas(self) -> &'static str {
        match self {
            Self::Framing | Self::Persona => "AML.T0054",
            Self::Template | Self::Dilution => "AML.T0051",
            _ => "AML.T0068",
        }
    }
}

impl Mutator {
    const fn new(name: &'static str, family: Family, change: Change) -> Self {
        Self { name, family, change, request: "" }
    }

    const fn asks(self, request: &'static str) -> Self {
        Self { request, ..self }
    }

    /// Changes a text.
    pub fn apply(&self, text: &str, random: &mut Random) -> String {
        match self.change {
            Change::Frame(frames) => random.pick(frames).replacen("{}", text, 1),
            Change::Write(write, _) => write(text, random),
            Change::Damage(damage) => damage(text, random),
        }
    }

    /// The text before it was changed, where there is a way back.
    pub fn undo(&self, text: &str) -> Option<String> {
        match self.change {
            Change::Frame(frames) => frames.iter().find_map(|frame| {
                let (before, after) = frame.split_once("{}")?;
                text.strip_prefix(before)?.strip_suffix(after).map(str::to_owned)
            }),
            Change::Write(_, back) => back(text),
            Change::Damage(_) => None,
        }
    }

    /// Whether what comes of it are no words: every character of it counts.
    fn is_code(&self) -> bool {
        matches!(self.family, Family::Encoding | Family::Invisible) || self.name == "morse"
    }

    /// Whether there is a way back.
    pub const fn has_inverse(&self) -> bool {
        !matches!(self.change, Change::Damage(_))
    }
}

/// The catalogue, family by family.
pub fn catalogue() -> impl Iterator<Item = &'static Mutator> {
    let families: [&[Mutator]; 11] = [
        spelling::MUTATORS,
        approach::MUTATORS,
        scramble::MUTATORS,
        invisible::MUTATORS,
        look::MUTATORS,
        spacing::MUTATORS,
        encoding::MUTATORS,
        cipher::MUTATORS,
        dilution::MUTATORS,
        splitting::MUTATORS,
        language::MUTATORS,
    ];
    families.into_iter().flatten()
}

/// The mutator of this name.
pub fn named(name: &str) -> Option<&'static Mutator> {
    catalogue().find(|mutator| mutator.name == name)
}

/// Mutators that training may use.
pub fn trained() -> Vec<Mutator> {
    catalogue().filter(|mutator| mutator.family.is_trained()).copied().collect()
}

/// Mutators that only measuring uses.
pub fn held_out() -> Vec<Mutator> {
    catalogue().filter(|mutator| !mutator.family.is_trained()).copied().collect()
}

/// One or two mutators of `from`, one after the other. What nobody could read any more is no attack, so a second one that
/// does not leave a code in one piece is left out.
pub fn compose(text: &str, from: &[Mutator], random: &mut Random) -> String {
    let first = random.pick(from);
    let once = first.apply(text, random);
    if !random.chance(0.5) {
        return once;
    }
    let second = random.pick(from);
    let twice = second.apply(&once, random);
    if survives(text, first, second, &twice) { twice } else { once }
}

/// Whether what `first` made of `text` can be read after `second`. A code has to come back, but for cases and signs of the
/// text; of anything else, most letters.
fn survives(text: &str, first: &Mutator, second: &Mutator, twice: &str) -> bool {
    let letters = |text: &str| text.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    let undone = second.undo(twice).and_then(|once| first.undo(&once));
    if first.is_code() {
        return undone.is_some_and(|undone| letters(&undone) == letters(text));
    }
    undone.is_none_or(|undone| letters(&undone).len() * MOST.1 >= letters(text).len() * MOST.0)
}

/// Morse has no letters but English ones.
const MOST: (usize, usize) = (3, 4);
