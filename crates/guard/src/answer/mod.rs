//! Answers in the form that was asked for.

pub mod schema;

use crate::rule::Rule;

/// The rules of this family, by id.
pub const RULES: &[&Rule] = &[&schema::RULE];
