//! # What it finds
//! An API key or account id of Twilio.
//!
//! # Why it matters
//! Together with its secret it sends messages and makes calls at the account's expense.
//!
//! # Example
//! `SK` or `AC` and 32 hexadecimal digits
//!
//! # Limits and sources
//! The account id alone is not secret, but it is the name that a token stands beside.

use super::entropy;
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE040",
    name: "twilio-key",
    family: Family::Secret,
    category: "secret.twilio",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\b(?:SK|AC)[0-9a-f]{32}\b",
        anchor: Anchor::Literals(&[r"\bSK", r"\bAC"]),
        longest: 34,
        verify: entropy::tail::<32>,
    }),
};
