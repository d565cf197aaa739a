//! # What it finds
//! An API key of SendGrid.
//!
//! # Why it matters
//! It sends mail that passes as the owner's.
//!
//! # Example
//! `SG.`, 22 characters, `.`, 43 characters
//!
//! # Limits and sources
//! Exact lengths vary by a few characters.

use super::entropy;
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE042",
    name: "sendgrid-key",
    family: Family::Secret,
    category: "secret.sendgrid",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\bSG\.[A-Za-z0-9_-]{20,24}\.[A-Za-z0-9_-]{39,50}",
        anchor: Anchor::Literals(&["SG."]),
        longest: 78,
        verify: entropy::tail::<39>,
    }),
};
