//! # What it finds
//! An API or SMTP key of Brevo.
//!
//! # Why it matters
//! It sends mail and reads contacts.
//!
//! # Example
//! `xkeysib-`, 64 hexadecimal digits, 16 characters
//!
//! # Limits and sources
//! The SMTP variant begins with `xsmtpsib-`.

use super::entropy;
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE046",
    name: "brevo-key",
    family: Family::Secret,
    category: "secret.brevo",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\bx(?:key|smtp)sib-[0-9a-f]{64}-[A-Za-z0-9]{16}\b",
        anchor: Anchor::Literals(&["xkeysib-", "xsmtpsib-"]),
        longest: 90,
        verify: entropy::tail::<64>,
    }),
};
