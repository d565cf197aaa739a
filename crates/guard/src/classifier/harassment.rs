//! # What it finds
//! Insults and abuse, by their words and company.
//!
//! # Why it matters
//! An application should know when people are abused through it.
//!
//! # Example
//! `You are a worthless idiot.`
//!
//! # Limits and sources
//! Learned mostly from short messages in English, where coarse words are frequent: among friends they mean less.

use super::{Head, Question};
use crate::rule::{Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "CL003",
    name: "learned-harassment",
    family: Family::Classifier,
    category: "toxicity.harassment",
    tags: &["owasp:LLM09", "owasp-agentic:ASI09", "atlas:AML.T0048"],
    matcher: Matcher::Learned(Question::Worst(Head::Harassment)),
};
