//! Instructions that try to displace the operator's.
//!
//! Two signals make a finding: a verb and what it is aimed at. Scores of 0.8 and more are meant to block alone, lower ones
//! to add up or to be looked at.
//!
//! Invariant: every rule reads canonical views, except the chat-template tokens, which are read as they are written so
//! that they can be masked.

pub mod addressed_to_ai;
pub mod chat_template;
pub mod completion_attack;
pub mod decode_and_follow;
pub mod delimiter_breakout;
pub mod displace;
pub mod exfiltration;
pub mod extraction_languages;
pub mod false_authority;
pub mod guard_injection;
pub mod hidden_instruction;
pub mod hidden_letters;
pub mod memory_poisoning;
pub mod new_instructions;
pub mod override_languages;
pub mod payload_splitting;
pub mod policy_puppetry;
pub mod prompt_extraction;
pub(crate) mod reported;
pub mod role_reassignment;
pub mod silent_tool;
pub mod system_markup;
pub mod url_exfiltration;
pub(crate) mod words;

use crate::rule::Rule;

/// The rules of this family, by id.
pub const RULES: &[&Rule] = &[
    &displace::RULE,
    &override_languages::RULE,
    &new_instructions::RULE,
    &role_reassignment::RULE,
    &prompt_extraction::RULE,
    &extraction_languages::RULE,
    &chat_template::RULE,
    &completion_attack::RULE,
    &policy_puppetry::RULE,
    &delimiter_breakout::RULE,
    &decode_and_follow::RULE,
    &guard_injection::RULE,
    &hidden_instruction::RULE,
    &addressed_to_ai::RULE,
    &exfiltration::RULE,
    &silent_tool::RULE,
    &payload_splitting::RULE,
    &url_exfiltration::RULE,
    &memory_poisoning::RULE,
    &false_authority::RULE,
    &hidden_letters::RULE,
    &system_markup::RULE,
];

#[cfg(test)]
mod tests {
    #[test]
    fn every_book_reads_as_it_says() {
        crate::text::book::check(super::RULES);
    }
}
