//! Labelled texts in, a classifier and its figures out.
//!
//! Pure, like `guard`: texts, seeds and settings in, bytes and numbers out; the same in, the same out. What reads files and
//! shows progress is the command `portcullis train`; what asks models is `portcullis redteam`.
//!
//! Invariants: nothing here sees a text that it also measures on: calibration uses scores of models that did not learn from
//! the source they score; [`mutate`] keeps families that training never uses.

pub mod adversarial;
pub mod calibrate;
pub mod campaign;
pub mod entity;
pub mod fit;
mod fold;
pub mod grammar;
pub mod metric;
pub mod mutate;
pub mod pack;
pub mod random;
pub mod recipe;
pub mod row;
pub mod tune;
