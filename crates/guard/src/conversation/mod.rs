//! What shows only over several turns or requests.

pub mod probing;
pub mod risk;

use crate::rule::Rule;

/// The rules of this family, by id.
pub const RULES: &[&Rule] = &[&risk::RULE, &probing::RULE];
