//! # What it finds
//! Hate against people for what they are, by its words and their company.
//!
//! # Why it matters
//! An application should know when it is used to produce or to send it.
//!
//! # Example
//! `I despise {group}, they should all vanish.`
//!
//! # Limits and sources
//! Negation and counter-speech are learned from pairs written for it; irony, allusion and other languages than English
//! are not. Words that a group took back can still be held against it. To flag, not to block.

use super::{Head, Question};
use crate::rule::{Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "CL002",
    name: "learned-hate",
    family: Family::Classifier,
    category: "toxicity.hate",
    tags: &["owasp:LLM09", "owasp-agentic:ASI09", "atlas:AML.T0048"],
    matcher: Matcher::Learned(Question::Worst(Head::Hate)),
};
