//! # What it finds
//! An answer that refuses.
//!
//! # Why it matters
//! The share of refusals shows attacks, and settings that are too strict.
//!
//! # Example
//! `Sorry, that is something I cannot do for you.`
//!
//! # Limits and sources
//! Learned from labelled answers of a few models, in English and a little Chinese. Known when the answer is complete.

use super::{Head, Question};
use crate::rule::{Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "CL005",
    name: "learned-refusal",
    family: Family::Classifier,
    category: "refusal.full",
    tags: &["owasp:LLM09", "owasp-agentic:ASI09", "atlas:AML.T0054"],
    matcher: Matcher::Learned(Question::Opening(Head::Refusal)),
};
