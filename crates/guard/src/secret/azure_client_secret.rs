//! # What it finds
//! The client secret of an application in Microsoft Entra.
//!
//! # Why it matters
//! It signs in as the application, past every second factor.
//!
//! # Example
//! three characters, `8Q~`, and 34 more
//!
//! # Limits and sources
//! Reported from the marker on, so that no word of a stream waits for it; the three characters before give nothing
//! away.

use super::entropy;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE009",
    name: "azure-client-secret",
    family: Family::Secret,
    category: "secret.azure",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: "[78]Q~[A-Za-z0-9_~.-]{31,34}",
        anchor: Anchor::Literals(&["7Q~", "8Q~"]),
        longest: 37,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let before = candidate.before().bytes().rev();
    let is_behind_three = before.take_while(|byte| byte.is_ascii_alphanumeric() || b"_~.-".contains(byte)).count() >= 3;
    is_behind_three.then(|| entropy::tail::<31>(candidate))?
}
