//! # What it finds
//! A private API key of Mailgun.
//!
//! # Why it matters
//! It sends mail that passes as the owner's and reads what was received.
//!
//! # Example
//! `key-` and 32 hexadecimal digits
//!
//! # Limits and sources
//! Newer keys without the prefix are found only by the generic rule.

use super::entropy;
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE043",
    name: "mailgun-key",
    family: Family::Secret,
    category: "secret.mailgun",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\bkey-[0-9a-f]{32}\b",
        anchor: Anchor::Literals(&["key-"]),
        longest: 36,
        verify: entropy::tail::<32>,
    }),
};
