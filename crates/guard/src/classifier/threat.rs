//! # What it finds
//! Threats of violence against somebody, by their words and company.
//!
//! # Why it matters
//! A threat is for people to look at.
//!
//! # Example
//! `I will find you and break every bone you have.`
//!
//! # Limits and sources
//! Threats in games and stories read alike. English only, mostly from texts written for it.

use super::{Head, Question};
use crate::rule::{Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "CL004",
    name: "learned-threat",
    family: Family::Classifier,
    category: "toxicity.harassment/threatening",
    tags: &["owasp:LLM09", "owasp-agentic:ASI09", "atlas:AML.T0048"],
    matcher: Matcher::Learned(Question::Worst(Head::Threat)),
};
