//! # What it finds
//! An API key of OpenAI: user, project, service account and administrator keys.
//!
//! # Why it matters
//! It is billed to its project, and reads its files, threads and fine-tuned models.
//!
//! # Example
//! `sk-proj-…T3BlbkFJ…`
//!
//! # Limits and sources
//! Every key has the encoded word `OpenAI` in its middle, which tells it from the keys of others that begin with `sk-`.

use super::entropy;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE055",
    name: "openai-key",
    family: Family::Secret,
    category: "secret.openai",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\bsk-[A-Za-z0-9_-]{20,110}T3BlbkFJ[A-Za-z0-9_-]{20,110}",
        anchor: Anchor::Literals(&["T3BlbkFJ"]),
        longest: 231,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let is_of_others = candidate.matched().starts_with("sk-ant-");
    (!is_of_others).then(|| entropy::tail::<20>(candidate))?
}
