//! The models of the learned tier: which one judges, where others wait, and how one is made.
//!
//! The program carries one. Others are trained with `portcullis train` and put on the [`Shelf`], which signs them with a key
//! of the installation; `portcullis model` chooses, and a reload takes over.
//!
//! Invariant: a model that is not signed, or does not pass its self-test, never judges; the one in force stays.

pub mod card;
pub mod data;
pub mod shelf;

pub use shelf::{Shelf, ShelfError};
