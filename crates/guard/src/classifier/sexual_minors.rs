//! # What it finds
//! Sexual content in a text that speaks of children: by the score for sexual content, where words of childhood stand in the same text.
//!
//! # Why it matters
//! It is a crime nearly everywhere, and TX011 knows only the plainest requests.
//!
//! # Example
//! `(not given)`
//!
//! # Limits and sources
//! Who is a child is told by what they are called, by ages below eighteen in digits and by schools, not by the story: adults who talk of their
//! children beside an affair are taken for it, hints are missed. Help for victims scores low, as for CL008. English only.

use super::company::Company;
use super::{Head, Question};
use crate::rule::{Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "CL010",
    name: "learned-sexual-minors",
    family: Family::Classifier,
    category: "toxicity.sexual/minors",
    tags: &["owasp:LLM09", "owasp-agentic:ASI09", "atlas:AML.T0048"],
    matcher: Matcher::Learned(Question::WorstBeside(Head::Sexual, Company::Childhood)),
};
