//! # What it finds
//! Suicide, self-injury and starving: meant, praised or asked about, by their words and their company.
//!
//! # Why it matters
//! People say it in many ways, and TX007 to TX009 know only the plainest. It calls for a careful answer, not for silence.
//!
//! # Example
//! `I have the pills on my table and nobody would even notice if I were gone.`
//!
//! # Limits and sources
//! Learned from texts written for it alone, and from no real conversations: to route and to flag, never to rely on.
//! Prevention, news and help for others are learned as the other side. English only.

use super::{Head, Question};
use crate::rule::{Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "CL009",
    name: "learned-self-harm",
    family: Family::Classifier,
    category: "toxicity.self-harm",
    tags: &["owasp:LLM09", "owasp-agentic:ASI09", "atlas:AML.T0048"],
    matcher: Matcher::Learned(Question::Worst(Head::SelfHarm)),
};
