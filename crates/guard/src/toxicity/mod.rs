//! Harmful content, by the categories of the OpenAI moderation API.
//!
//! A modest floor of phrases, verb and target together, English only. It is meant for clear cases; a learned model is
//! expected to carry the rest. Sexual content about minors and self-harm intent are the rules to route to people.
//!
//! Invariant: categories are `toxicity.` and the category of the moderation API, with its slash.

pub mod gore;
mod groups;
pub mod harassment;
pub mod hate;
pub mod hate_threat;
pub mod illicit;
pub mod self_harm;
pub mod self_harm_instructions;
pub mod self_harm_intent;
pub mod sexual;
pub mod sexual_minors;
pub mod threat;
pub mod violence;
mod voice;
pub mod weapons;

use crate::rule::Rule;

/// The rules of this family, by id.
pub const RULES: &[&Rule] = &[
    &harassment::RULE,
    &threat::RULE,
    &hate::RULE,
    &hate_threat::RULE,
    &illicit::RULE,
    &weapons::RULE,
    &self_harm::RULE,
    &self_harm_intent::RULE,
    &self_harm_instructions::RULE,
    &sexual::RULE,
    &sexual_minors::RULE,
    &violence::RULE,
    &gore::RULE,
];

#[cfg(test)]
mod tests {
    #[test]
    fn every_book_reads_as_it_says() {
        crate::text::book::check(super::RULES);
    }
}
