//! Names of people, organizations and places, postal addresses, and what else tells who somebody is, in running text.
//!
//! Ages, dates, titles and the like are patterns and lists of words. Names and addresses are found by a linear tagger that
//! reads a text token by token: what a word is, how it is written, on which lists it is, and the same of its neighbours,
//! lead to rows of small weights, whose sums say how likely each [`Kind`] is; the best sequence of kinds wins (Viterbi over
//! five tags). Weights and lists are a file of a megabyte that is read where it lies.
//!
//! The tagger costs some ten times what all patterns together cost, so nothing asks it that does not name it: only a policy line
//! that selects `entity`, one of its categories or one of its rules. It is no boundary: `docs/accuracy.md` says what it
//! misses.
//!
//! Invariants: time is linear in the text and memory does not grow with it, however it is written; the same text and file
//! give the same spans on every machine; a file that does not give its known answers is refused.

pub mod address;
pub mod age;
pub mod country;
pub mod date_time;
pub mod domain_name;
mod feature;
mod groups;
mod lists;
mod model;
pub mod organization;
pub mod origin_or_belief;
pub mod person;
pub mod person_eastern;
pub mod place;
pub mod postcode;
pub mod street;
mod table;
mod tag;
#[cfg(test)]
mod tests;
pub mod title;
mod token;
mod words;
pub mod year;

use std::ops::Range;

use crate::rule::Rule;

pub use feature::{FEATURES, REACH, ROW_BITS, rows};
pub use groups::put_group;
pub use lists::{LIST_BYTES, List, Listed, put, put_pair};
pub use model::{Broken, Draft, Model, Transitions, embedded};
pub use table::{TABLE_BYTES, kept, pack};
pub use tag::best_path;
pub use token::{Token, Tokens};

/// The rules of this family, by id.
pub const RULES: &[&Rule] = &[
    &person::RULE,
    &organization::RULE,
    &place::RULE,
    &address::RULE,
    &age::RULE,
    &date_time::RULE,
    &domain_name::RULE,
    &origin_or_belief::RULE,
    &title::RULE,
    &postcode::RULE,
    &country::RULE,
    &street::RULE,
    &person_eastern::RULE,
    &year::RULE,
];

/// What a token can be: nothing, or part of a [`Kind`].
pub const TAGS: usize = Kind::ALL.len() + 1;

/// What an entity is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A person's name.
    Person,
    /// A company, agency, school, party or band.
    Organization,
    /// A town, region or country.
    Place,
    /// Street and number, with the unit, and with town and postcode when there is one.
    Address,
}

impl Kind {
    /// All kinds; tag 0 is none of them, the others are these in order.
    pub const ALL: [Self; 4] = [Self::Person, Self::Organization, Self::Place, Self::Address];

    /// Its tag.
    pub const fn tag(self) -> usize {
        self as usize + 1
    }
}

/// One entity in a text.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Entity {
    /// What it is.
    pub kind: Kind,
    /// Where, in bytes.
    pub span: Range<usize>,
    /// How much more its words speak for it than against it: orders entities of a text, and is no probability.
    #[serde(default)]
    pub score: f32,
}
