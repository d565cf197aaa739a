//! Control sequences for terminals, in text that may end up in one.
//!
//! Invariant: what is written out (`\\x1b[0m`) is text; only the characters themselves are findings.

pub mod control_character;
pub mod control_sequence;
pub mod operating_command;

use crate::rule::Rule;

/// The rules of this family, by id.
pub const RULES: &[&Rule] = &[&control_sequence::RULE, &operating_command::RULE, &control_character::RULE];

#[cfg(test)]
mod tests {
    #[test]
    fn every_book_reads_as_it_says() {
        crate::text::book::check(super::RULES);
    }
}
