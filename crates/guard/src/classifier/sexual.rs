//! # What it finds
//! Sexual content: acts, bodies and desires told or asked for, by their words and their company.
//!
//! # Why it matters
//! Most operators do not want it on their service, and TX010 knows only the plainest requests.
//!
//! # Example
//! `She moaned as he slowly took off her underwear.`
//!
//! # Limits and sources
//! Medicine and help for victims are learned as the other side, from texts written for it, and sex education still scores too
//! high; hints and metaphors are missed. English only. It does not know how old anybody is: that is TX011.

use super::{Head, Question};
use crate::rule::{Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "CL008",
    name: "learned-sexual",
    family: Family::Classifier,
    category: "toxicity.sexual",
    tags: &["owasp:LLM09", "owasp-agentic:ASI09", "atlas:AML.T0048"],
    matcher: Matcher::Learned(Question::Worst(Head::Sexual)),
};
