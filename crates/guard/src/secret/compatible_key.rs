//! # What it finds
//! A key of a provider or proxy that copied the shape of OpenAI's: Moonshot, SiliconFlow, StepFun, LiteLLM and others.
//!
//! # Why it matters
//! It spends its owner's credit, or opens a proxy behind which there are many keys.
//!
//! # Example
//! `sk-` and 20 to 64 characters
//!
//! # Limits and sources
//! Says that it is a key, not whose. Hexadecimal keys and OpenAI's own have their rules.

use super::entropy;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE059",
    name: "compatible-key",
    family: Family::Secret,
    category: "secret.llm",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\bsk-[A-Za-z0-9]{20,64}\b",
        anchor: Anchor::Literals(&["sk-"]),
        longest: 67,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let key = candidate.matched();
    let random = key.get("sk-".len()..)?;
    let is_known = random.contains("T3BlbkFJ") || (random.len() == 32 && random.bytes().all(|b| b.is_ascii_hexdigit()));
    let has_digits = random.bytes().filter(u8::is_ascii_digit).count() >= 2;
    (has_digits && !is_known).then(|| entropy::tail::<20>(candidate))?
}
