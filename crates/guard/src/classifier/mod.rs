//! The learned tier: what no phrase says, judged by which words stand together.
//!
//! One pass over a text hashes its words and short sequences of them; each leads to a place, and every head has a small
//! weight for it. Sums over windows of about 320 bytes become probabilities; the worst window decides. The
//! weights are a [`Model`], shipped with the program and replaceable at run time.
//!
//! It generalizes a little beyond the phrases of the rules, and is no boundary: persuasion without tell-tale words, other
//! languages than a handful, and orders that read like ordinary requests are missed. `docs/accuracy.md` says by how much.
//!
//! Invariants: a score is a probability on the calibration data, between 0 and 1; the same text and model give the same
//! score on every machine; a model that does not give its known answers is refused, and a text is never left unscored.

mod answered;
mod company;
mod cue;
mod explain;
pub mod gram;
pub mod harassment;
pub mod hate;
pub mod injection;
mod judge;
pub mod model;
pub mod partial_refusal;
pub mod refusal;
pub mod self_harm;
mod sentence;
pub mod sexual;
pub mod sexual_minors;
pub mod threat;
pub mod transformer;

use crate::rule::Rule;

pub use answered::Answered;
pub use company::Company;
use cue::Lexicon;
pub use explain::Weight;
pub use judge::{HALF_PENALTY, Judgement, OPENING_WINDOWS, norm};
pub use model::{Broken, Draft, Model, embedded};
pub use sentence::{RUN, RUN_GRAMS_MIN, RUN_PENALTY, sentences};

/// The rules of this family, by id.
pub const RULES: &[&Rule] = &[
    &injection::RULE,
    &hate::RULE,
    &harassment::RULE,
    &threat::RULE,
    &refusal::RULE,
    &partial_refusal::RULE,
    &transformer::RULE,
    &sexual::RULE,
    &self_harm::RULE,
    &sexual_minors::RULE,
];

/// What a head of the model judges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Head {
    /// Orders that displace the operator's, and attempts to lift a model's limits.
    Injection,
    /// Hate against a group.
    Hate,
    /// Insults and abuse.
    Harassment,
    /// Threats of violence.
    Threat,
    /// An answer that refuses.
    Refusal,
    /// Sexual content.
    Sexual,
    /// Suicide and self-injury: meant, praised or asked about.
    SelfHarm,
}

/// Which question a rule asks of a head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// How likely its worst window is what it looks for.
    Worst(Head),
    /// The same, where words of this company stand in the text; otherwise not at all.
    WorstBeside(Head, Company),
    /// How likely one of its first windows is.
    Opening(Head),
    /// How likely one of its first windows is, and none of its last.
    OnlyOpening(Head),
}

/// What kind of text is judged; each has its own calibration.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// What a person asks.
    #[default]
    Prompt,
    /// What a tool or a document brings.
    Document,
    /// What a model answers.
    Answer,
}

impl Head {
    /// All heads, in the order of the table.
    pub const ALL: [Self; 7] =
        [Self::Injection, Self::Hate, Self::Harassment, Self::Threat, Self::Refusal, Self::Sexual, Self::SelfHarm];
    /// Those for toxicity.
    pub const TOXICITY: [Self; 5] = [Self::Hate, Self::Harassment, Self::Threat, Self::Sexual, Self::SelfHarm];

    /// Whether texts of this kind are judged by it.
    pub const fn judges(self, source: Source) -> bool {
        match self {
            Self::Injection => !matches!(source, Source::Answer),
            Self::Hate | Self::Harassment | Self::Threat | Self::Sexual | Self::SelfHarm => {
                !matches!(source, Source::Document)
            }
            Self::Refusal => matches!(source, Source::Answer),
        }
    }

    /// Below this its score is told, but is no finding: rarer kinds have lower scores for as much that speaks for them.
    pub const fn finding_min(self) -> f32 {
        match self {
            Self::Injection | Self::Threat | Self::Sexual | Self::SelfHarm => 0.2,
            Self::Hate | Self::Harassment | Self::Refusal => FINDING_MIN,
        }
    }

    /// Whether it sees the beginnings of words beside words.
    pub(crate) const fn sees_stems(self) -> bool {
        !matches!(self, Self::Refusal)
    }

    /// Whose cues it sees beside words.
    pub(crate) const fn lexicon(self) -> Option<Lexicon> {
        match self {
            Self::Injection => None,
            Self::Refusal => Some(Lexicon::Refusal),
            Self::Hate | Self::Harassment | Self::Threat | Self::Sexual | Self::SelfHarm => Some(Lexicon::Tone),
        }
    }
}

impl Question {
    /// Whether a head's score for a canonical text is an answer to it.
    pub(crate) fn takes(self, score: f32, canonical: &str) -> bool {
        match self {
            Self::WorstBeside(_, company) => score >= COMPANY_FROM && company.is_in(canonical),
            Self::Worst(_) | Self::Opening(_) | Self::OnlyOpening(_) => true,
        }
    }

    /// Who is asked.
    pub const fn head(self) -> Head {
        match self {
            Self::Worst(head) | Self::WorstBeside(head, _) | Self::Opening(head) | Self::OnlyOpening(head) => head,
        }
    }
}

/// Below this, words of a company are not looked for: to read every text for them takes more than all heads do together.
const COMPANY_FROM: f32 = 0.05;
/// More likely than not.
pub const FINDING_MIN: f32 = 0.5;

#[cfg(test)]
mod tests;
