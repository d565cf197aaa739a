//! Attempts to talk a model out of its own rules.
//!
//! Unlike injection there is nobody else's order to displace: the user works on the model. Two signals make a finding, a
//! frame (a role, a mode, a game) and the limits it is to lift.
//!
//! Invariant: a theme is no finding; stories may be dark, questions may be about jailbreaks.

pub mod disable_safety;
pub mod dual_response;
pub mod emotional;
pub mod fiction;
pub mod many_shot;
pub mod no_limits;
pub mod opposite_day;
pub mod persona;
pub mod refusal_suppression;
pub mod skeleton_key;
pub mod special_mode;
pub mod token_game;

use crate::rule::Rule;

/// The rules of this family, by id.
pub const RULES: &[&Rule] = &[
    &persona::RULE,
    &special_mode::RULE,
    &refusal_suppression::RULE,
    &fiction::RULE,
    &no_limits::RULE,
    &dual_response::RULE,
    &skeleton_key::RULE,
    &opposite_day::RULE,
    &emotional::RULE,
    &token_game::RULE,
    &many_shot::RULE,
    &disable_safety::RULE,
];

#[cfg(test)]
mod tests {
    #[test]
    fn every_book_reads_as_it_says() {
        crate::text::book::check(super::RULES);
    }
}
