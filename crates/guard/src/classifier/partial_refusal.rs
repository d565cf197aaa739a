//! # What it finds
//! An answer that refuses in one place and complies in another.
//!
//! # Why it matters
//! "I must not tell you this, but" is how a jailbreak that works looks.
//!
//! # Example
//! A disclaimer, followed by pages of what was asked for.
//!
//! # Limits and sources
//! Needs an answer of more than one window. A harmless answer that closes with a caveat looks the same.

use super::{Head, Question};
use crate::rule::{Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "CL006",
    name: "learned-partial-refusal",
    family: Family::Classifier,
    category: "refusal.partial",
    tags: &["owasp:LLM09", "owasp-agentic:ASI09", "atlas:AML.T0054"],
    matcher: Matcher::Learned(Question::OnlyOpening(Head::Refusal)),
};
